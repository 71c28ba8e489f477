import {
  Injectable,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';

/** Sees which handlers run, as `Class.method`: those of events answer nothing. */
@Injectable()
export class Witness implements NestInterceptor {
  readonly seen: string[] = [];

  intercept(context: ExecutionContext, next: CallHandler) {
    this.seen.push(`${context.getClass().name}.${context.getHandler().name}`);
    return next.handle();
  }
}
