/** Where this folder reports what an operator should know; Nest's `Logger` fits. */
export interface Log {
  warn(message: string): void;
  log(message: string): void;
}
