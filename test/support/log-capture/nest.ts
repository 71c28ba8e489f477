// Setup file of every suite: Nest's loggers at the most verbose level, captured whatever a test turned
// off, and every exception in full. The whole of Nest would take longer to load than most unit specs run.
import { inspect } from 'node:util';
import { HttpException } from '@nestjs/common/exceptions/http.exception.js';
import { Logger, type LoggerService } from '@nestjs/common/services/logger.service.js';
import { captureLog } from './captured.js';

const LEVELS = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'] as const;

/** A logger that keeps all of it, and hands on to the one that the test wants, if any. */
function listening(wanted: LoggerService | undefined): LoggerService {
  const methods = LEVELS.map((level) => [
    level,
    (message: unknown, ...more: unknown[]) => {
      const values = [message, ...more].map((one) => (typeof one === 'string' ? one : full(one)));
      captureLog(`${level} ${values.join(' ')}`);
      wanted?.[level]?.(message, ...more);
    },
  ]);
  return {
    ...(Object.fromEntries(methods) as unknown as LoggerService),
    setLogLevels: (levels) => wanted?.setLogLevels?.(levels),
  };
}

function full(value: unknown): string {
  return inspect(value, { depth: 10, breakLength: Infinity });
}

// `useLogger` and the option `logger` both end here, `false` included.
const override = Logger.overrideLogger.bind(Logger);
Logger.overrideLogger = (logger) => {
  if (Array.isArray(logger)) return void override(logger);
  override(listening(typeof logger === 'object' ? logger : undefined));
};

/** What was inspected: the same failure again would show the same members. */
const inspected = new Set<string>();

function inspectOnce(exception: HttpException): void {
  const { name, message, cause } = exception;
  // Nest's own word for a route that is not there: whatever URL a test made up
  if (message.startsWith('Cannot ')) return;
  const { detail } = exception as { readonly detail?: string };
  const key = [name, message, detail, String(cause)].join(' ');
  if (inspected.has(key)) return;
  inspected.add(key);
  captureLog(`exception ${full(exception)}`);
}

// Nest calls it while it constructs any of its exceptions, ours among them. An exception is whole when
// its constructors have run: detail, causes and stack.
const prototype = HttpException.prototype;
const { initName } = prototype;
prototype.initName = function (this: HttpException) {
  initName.call(this);
  queueMicrotask(() => inspectOnce(this));
};
