import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeHtml, PAGE_HEADERS, renderPage } from './page.js';

const plain = { title: 'Title', text: 'Text', link: { href: '/home', label: 'Home' } };

/** Any UTF-16 text, lone surrogates included. */
const anyText = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));

describe('escapeHtml', () => {
  it('escapes what means something in text and in quoted attributes', () => {
    expect(escapeHtml(`<a href="x" b='y'>&amp;`)).toBe(
      '&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;',
    );
    expect(escapeHtml('花子 🙂 {{x}} `y`')).toBe('花子 🙂 {{x}} `y`');
  });

  it('leaves nothing that could begin or end anything', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe('renderPage', () => {
  const MARKUP = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`;

  it.each([
    ['title', { ...plain, title: MARKUP }],
    ['text', { ...plain, text: MARKUP }],
    ['label', { ...plain, link: { href: '/', label: MARKUP } }],
    ['address', { ...plain, link: { href: `/${MARKUP}`, label: 'x' } }],
    ['address that is followed', { ...plain, link: { href: MARKUP, label: 'x' }, navigate: true }],
    ['footnote', { ...plain, footnote: MARKUP }],
  ])('escapes the %s', (_, page) => {
    const html = renderPage(page);
    expect(html).not.toMatch(/<script|<img|"'>/);
    expect(html).toContain('&lt;script&gt;alert(1)');
  });

  it('has the same tags whatever it shows', () => {
    const tags = (html: string) => html.match(/<[^>]*?(?=[\s>])/g);
    const any = anyText;
    fc.assert(
      fc.property(any, any, any, any, any, (title, text, href, label, rest) => {
        const page = { title, text, link: { href, label }, footnote: `Code: ${rest}` };
        expect(tags(renderPage(page))).toEqual(tags(renderPage({ ...plain, footnote: 'Code' })));
      }),
    );
  });

  it('shows small print and navigates only when asked to', () => {
    expect(renderPage(plain)).not.toMatch(/class="code"|http-equiv/);
    const page = renderPage({ ...plain, footnote: 'Code: x', navigate: true });
    expect(page).toContain('<p class="code">Code: x</p>');
    expect(page).toContain('<meta http-equiv="refresh" content="0; url=/home">');
  });

  it('is a document with language, title, one heading and a link', () => {
    const html = renderPage(plain);
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html.match(/<h1>/g)).toHaveLength(1);
    expect(html).toContain('<title>Title</title>');
    expect(html).toContain('<p><a href="/home">Home</a></p>');
  });
});

describe('PAGE_HEADERS', () => {
  const policy = PAGE_HEADERS['Content-Security-Policy'] ?? '';

  it('allow the style sheet of the page and nothing else', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(renderPage(plain))?.[1] ?? '';
    const digest = createHash('sha256').update(style).digest('base64');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${digest}'`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
    expect(renderPage({ ...plain, navigate: true })).not.toMatch(/<script|\son\w+=|style="/);
  });

  it('keep the address from other sites and the content from being guessed', () => {
    expect(PAGE_HEADERS).toMatchObject({
      'Content-Type': 'text/html; charset=utf-8',
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    });
  });
});
