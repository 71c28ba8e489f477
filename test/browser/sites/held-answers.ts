import type { NextFunction, Request, Response } from 'express';

/** An answer that the shop makes but does not send: it arrives when a test says so. */
export interface HeldAnswer {
  /** Resolves when the answer is made, to the `Set-Cookie` headers that it will arrive with. */
  readonly made: Promise<readonly string[]>;
  /** Lets it go on its way. */
  deliver(): void;
}

interface Hold {
  readonly made: (setCookie: readonly string[]) => void;
  readonly delivered: Promise<void>;
}

/** Holds answers back where they leave the shop, so that they reach the browser in any order. */
export class HeldAnswers {
  readonly #holds = new Map<string, Hold>();

  /** Holds back the answer to the next request for a path. */
  hold(path: string): HeldAnswer {
    const { promise: made, resolve } = withResolvers<readonly string[]>();
    const { promise: delivered, resolve: deliver } = withResolvers<void>();
    this.#holds.set(path, { made: resolve, delivered });
    return { made, deliver };
  }

  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    const hold = this.#holds.get(request.originalUrl);
    if (hold) {
      this.#holds.delete(request.originalUrl);
      holdBack(response, hold);
    }
    next();
  };
}

/** Nothing of an answer leaves before its end is called, headers included. */
function holdBack(response: Response, { made, delivered }: Hold): void {
  const { end } = response;
  const later = (...parts: unknown[]): Response => {
    made([response.getHeader('set-cookie') ?? []].flat().map(String));
    void delivered.then(() => Reflect.apply(end, response, parts));
    return response;
  };
  Object.assign(response, { end: later });
}

function withResolvers<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
