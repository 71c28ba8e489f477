import { expect, it } from 'vitest';
import { boundaryProblems } from './lint-boundaries.mjs';

const ALLOWED: [file: string, text: string][] = [
  ['guard/upbond.guard.ts', `import { Injectable } from '@nestjs/common';`],
  ['index.ts', `export type { Observable } from 'rxjs';`],
  ['guard/challenge.ts', `import { createHash } from 'node:crypto';`],
  ['guard/challenge.spec.ts', `import { Test } from '@nestjs/testing'; process.env.X = '1';`],
  ['callback/id-token.ts', `import { open } from '../session/session.js';`],
  ['errors/login-error.ts', `import type { TokenSet } from '../tokens/token-set.js';`],
  ['upbond-auth.module.ts', `import { UpbondGuard } from './guard/upbond.guard.js';`],
  ['testing/testing-session.ts', `import { newSession } from '../session/new-session.js';`],
  ['options/environment.ts', `export const home = process.env.HOME;`],
  ['options/environment.provider.ts', `import { ConfigService } from '@nestjs/config';`],
  ['guard/challenge.ts', `// process.env is not read here\nexport const a = 'process.env';`],
];

const REFUSED: [file: string, text: string, reason: RegExp][] = [
  ['guard/challenge.ts', `import { Injectable } from '@nestjs/common';`, /no Nest suffix/],
  ['guard/challenge.ts', `import type { Request } from 'express';`, /no Nest suffix/],
  ['guard/challenge.ts', `export { Strategy } from 'passport-oauth2';`, /no Nest suffix/],
  ['guard/challenge.ts', `const rxjs = await import('rxjs');`, /no Nest suffix/],
  ['errors/login-error.ts', `import '../options/x.js';`, /errors\/ may import only errors /],
  ['authorize/scope.ts', `import '../callback/user.js';`, /authorize\/ may import only/],
  [
    'tokens/refresh.service.ts',
    `import '../session/session.service.js';`,
    /tokens\/ may import only/,
  ],
  ['session/session.ts', `import '../upbond-auth.module.js';`, /session\/ may import only/],
  ['session/session.ts', `import { x } from 'nestjs-upbond-auth';`, /'index\.js'/],
  ['index.ts', `export * from './testing/index.js';`, /nothing but nestjs-upbond-auth\/testing/],
  ['guard/x.service.ts', `import '../testing/index.js';`, /guard\/ may import only/],
  ['testing/x.ts', `import '../upbond-auth.module.js';`, /testing\/ may import only/],
  ['webhooks/index.ts', `import '../session/session.service.js';`, /webhooks\/ may import only/],
  ['guard/challenge.ts', `\nexport const a = process.env['A'];`, /line 2.*environment/],
  ['guard/challenge.ts', `const { env } = process;`, /environment/],
  ['guard/x.service.ts', `import { ConfigService } from '@nestjs/config';`, /environment/],
];

it.each(ALLOWED)('allows %s: %s', (file, text) => {
  expect(boundaryProblems(`upbond-auth/src/${file}`, text)).toEqual([]);
});

it.each(REFUSED)('refuses %s: %s', (file, text, reason) => {
  expect(boundaryProblems(`upbond-auth/src/${file}`, text)).toEqual([
    expect.stringMatching(reason),
  ]);
});

it('lets the emulator read the environment, and import no framework', () => {
  expect(boundaryProblems('upbond-emulator/src/cli.ts', 'process.env.PORT')).toEqual([]);
  expect(boundaryProblems('upbond-emulator/src/pages.ts', `import 'express';`)).toHaveLength(1);
});
