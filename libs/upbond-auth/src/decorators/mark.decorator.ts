import { SetMetadata, type CustomDecorator } from '@nestjs/common';

/**
 * A decorator that keeps a value for the guard, once for each method or controller: a second one of
 * the same kind would silently replace the first.
 */
export function mark(key: string, value: unknown, name: string): CustomDecorator {
  const set = SetMetadata(key, value);
  const decorate = (target: object, member?: string | symbol, descriptor?: PropertyDescriptor) => {
    const subject = (descriptor?.value as object | undefined) ?? target;
    if (Reflect.hasOwnMetadata(key, subject)) {
      throw new TypeError(`@${name}() is used twice in one place: put everything into one of them`);
    }
    if (member === undefined) set(target as new () => unknown);
    else set(target, member, descriptor as PropertyDescriptor);
  };
  return Object.assign(decorate, { KEY: key }) as CustomDecorator;
}
