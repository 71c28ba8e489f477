import { Controller, Get } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Claims } from './claims.decorator.js';
import { Credentials } from './credentials.decorator.js';
import { SCOPES } from './marks.js';
import { Roles } from './roles.decorator.js';
import { Scopes } from './scopes.decorator.js';

function marksOf(subject: object): unknown {
  return Reflect.getMetadata(SCOPES, subject);
}

describe('what stands in the decorators', () => {
  it('is kept on the method and on the controller, above and below others', () => {
    @Scopes('a')
    @Controller()
    class Some {
      @Scopes('b', 'c', { mode: 'any' })
      @Get()
      one() {}
    }
    expect(marksOf(Some)).toEqual({ values: ['a'], mode: 'all' });
    expect(marksOf(Some.prototype.one)).toEqual({ values: ['b', 'c'], mode: 'any' });
  });

  it('is inherited by a controller, which may say something else', () => {
    @Scopes('a')
    class Base {}
    class Same extends Base {}
    @Scopes('b')
    class Other extends Base {}
    expect(marksOf(Same)).toEqual({ values: ['a'], mode: 'all' });
    expect(marksOf(Other)).toEqual({ values: ['b'], mode: 'all' });
    expect(marksOf(Base)).toEqual({ values: ['a'], mode: 'all' });
  });

  it('cannot be said twice in one place: one of the two would be lost', () => {
    expect(() => {
      class Twice {
        @Scopes('a')
        @Scopes('b')
        one() {}
      }
      return Twice;
    }).toThrow(/@Scopes\(\) is used twice/);
    expect(() => {
      @Roles('a')
      @Roles('b')
      class Twice {}
      return Twice;
    }).toThrow(/@Roles\(\) is used twice/);
  });

  it('is checked while the class is defined', () => {
    expect(() => Scopes(...([] as unknown as ['a']))).toThrow(TypeError);
    expect(() => Claims('yes' as never)).toThrow(TypeError);
    expect(() => Credentials('cookie' as never)).toThrow(TypeError);
    expect(() => Credentials(...([] as unknown as ['session']))).toThrow(TypeError);
  });
});
