import { describe, expect, it } from 'vitest';
import { WholeResponse } from './whole-response.js';

describe('WholeResponse', () => {
  it('is read as the Response that it stands for', async () => {
    const bytes = Buffer.from('\ufeff{"name":"藤"}');
    const init = { status: 201, headers: { 'content-type': 'application/json' } };
    const [ours, theirs] = [new WholeResponse(bytes, init), new Response(bytes, init)];
    expect(ours).toBeInstanceOf(Response);
    expect([ours.status, ours.ok, [...ours.headers]]).toEqual([201, true, [...theirs.headers]]);
    expect(await ours.text()).toBe(await theirs.clone().text());
    expect(await ours.json()).toEqual(await theirs.clone().json());
    expect(await ours.arrayBuffer()).toEqual(await theirs.arrayBuffer());
  });

  it('hands out no more than its own bytes, which may lie in a pool', async () => {
    const pool = Buffer.from('secret{}secret');
    const buffer = await new WholeResponse(pool.subarray(6, 8), {}).arrayBuffer();
    expect(Buffer.from(buffer).toString()).toBe('{}');
  });

  it('is empty without a body', async () => {
    const response = new WholeResponse(null, { status: 204 });
    expect([await response.text(), (await response.arrayBuffer()).byteLength]).toEqual(['', 0]);
  });

  it.each([199, 600, 999])('refuses status %d', (status) => {
    expect(() => new WholeResponse(null, { status })).toThrow(RangeError);
  });
});
