# What somebody in a container may do to a process there, one line for each attempt: its name, and `done` or the errno.
# Arguments: a pid, and `hold` to keep its file open until a line comes in and write to it then.
import ctypes, errno, mmap, os, sys

libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
PTRACE_SEIZE, SYS_process_vm_readv, SYS_pidfd_open, SYS_pidfd_getfd = 0x4206, 310, 434, 438
if os.uname().machine == 'aarch64': SYS_process_vm_readv = 270


def call(function, *arguments):
    result = function(*map(ctypes.c_long, arguments))
    if result < 0: raise OSError(ctypes.get_errno(), '')
    return result


def peek():
    # Whatever lies at the first address of its maps; there is none whose maps cannot be read.
    with open(f'/proc/{pid}/maps') as maps: start = int(maps.readline().split('-')[0], 16)
    into = ctypes.create_string_buffer(8)
    vector = lambda address: (ctypes.c_ulong * 2)(address, 8)
    local, remote = vector(ctypes.addressof(into)), vector(start)
    call(libc.syscall, SYS_process_vm_readv, pid, ctypes.addressof(local), 1, ctypes.addressof(remote), 1, 0)


ATTEMPTS = {
    'mem': lambda: os.open(f'/proc/{pid}/mem', os.O_RDWR),
    'maps': peek,
    'environ': lambda: os.open(f'/proc/{pid}/environ', os.O_RDONLY),
    'descriptors': lambda: os.readlink(f'/proc/{pid}/fd/0'),
    'file': lambda: os.readlink(f'/proc/{pid}/exe'),
    'root': lambda: os.listdir(f'/proc/{pid}/root/'),
    'getfd': lambda: call(libc.syscall, SYS_pidfd_getfd, call(libc.syscall, SYS_pidfd_open, pid, 0), 0, 0),
    'ptrace': lambda: call(libc.ptrace, PTRACE_SEIZE, pid, 0, 0),
}


def attempt(name, act):
    try: act()
    except OSError as error: print(name, errno.errorcode[error.errno], flush=True)
    else: print(name, 'done', flush=True)


if sys.argv[2:] != ['hold']:
    for name, act in ATTEMPTS.items(): attempt(name, act)
    sys.exit()

held = os.open(f'/proc/{pid}/exe', os.O_RDONLY)
print(os.readlink(f'/proc/{pid}/exe'), os.fstat(held).st_size, flush=True)
attempt('while it runs', lambda: os.open(f'/proc/{pid}/exe', os.O_WRONLY))
sys.stdin.readline()
link = f'/proc/self/fd/{held}'
attempt('write', lambda: os.write(os.open(link, os.O_RDWR), b'#!/bin/sh\n'))
attempt('truncate', lambda: os.truncate(link, 0))
attempt('mapping', lambda: mmap.mmap(os.open(link, os.O_RDWR), 1))
