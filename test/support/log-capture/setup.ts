// Setup file of every suite, and of the processes that tests start: what is logged and which secrets
// there are goes into test-output/logs/.
import { recordKeys } from './keys.js';
import { captureProcessOutput } from './process-output.js';
import { recordWire } from './wire.js';

recordWire();
recordKeys();
captureProcessOutput();
