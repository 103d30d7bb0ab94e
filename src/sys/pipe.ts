/** A pipe by its descriptors, to wake a thread that waits in poll. Both ends are non-blocking and close-on-exec. */
import { checked, closeDescriptor, libcFunction } from './koffi.ts';

const O_CLOEXEC_NONBLOCK = 0o2000000 | 0o4000;
const ROOM_BYTES = 256;

export class Pipe {
  private constructor(
    readonly readFd: number,
    readonly writeFd: number,
  ) {}

  /** @throws {SyscallError} */
  static open(): Pipe {
    const pipe2 = libcFunction('int pipe2(void *descriptors, int flags)');
    const descriptors = new Int32Array(2);
    checked('pipe2', Number(pipe2(descriptors, O_CLOEXEC_NONBLOCK)));
    const [readFd = -1, writeFd = -1] = descriptors;
    return new Pipe(readFd, writeFd);
  }

  /** False when it is full. */
  write(byte: number): boolean {
    const write = libcFunction('long write(int fd, const void *from, ulong length)');
    return Number(write(this.writeFd, Uint8Array.of(byte), 1)) === 1;
  }

  close(): void {
    closeDescriptor(this.readFd);
    closeDescriptor(this.writeFd);
  }
}

/** What has been written, some hundred bytes at most; empty when it is nothing. */
export function readPipe(readFd: number): Uint8Array {
  const read = libcFunction('long read(int fd, void *into, ulong length)');
  const bytes = new Uint8Array(ROOM_BYTES);
  return bytes.subarray(0, Math.max(0, Number(read(readFd, bytes, ROOM_BYTES))));
}
