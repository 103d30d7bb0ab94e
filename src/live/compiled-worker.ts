/** Where a worker thread starts: in a file that V8 compiled when it was built, beside this one. CommonJS when built. */
import { loadCompiled } from '../sys/compiled.ts';

declare const WORKER_CODE: string;

loadCompiled(__dirname, WORKER_CODE, require);
