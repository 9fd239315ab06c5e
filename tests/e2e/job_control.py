"""A shell in miniature on a terminal of its own: usage: job_control.py DAGMEM PROFILE

Runs a job under `dagmem run` in a process group of its own, as an interactive
shell does, and presses keys: the interrupt key must reach the program once,
the suspend key must stop the program and `dagmem run`, and continuing the job
must continue both.  Prints what went wrong; exit status 1 then.
"""
import fcntl, os, pty, signal, sys, termios, time

dagmem, profile = sys.argv[1:]
failures = []

JOB = r"""
import os, signal, sys, time
count = 0
def interrupted(*_):
    global count
    count += 1
    open(sys.argv[1] + ".interrupted", "w").close()
signal.signal(signal.SIGUSR1, lambda *_: sys.exit(40 + count))
signal.signal(signal.SIGINT, signal.SIG_DFL if sys.argv[2:] else interrupted)
with open(sys.argv[1], "w") as ready:
    ready.write(str(os.getpid()))
deadline = time.monotonic() + 60
while not os.path.exists(sys.argv[1] + ".go") and time.monotonic() < deadline:
    time.sleep(0.01)
sys.exit(40 + count)
"""


def expect(what, got, wanted):
    if got != wanted:
        failures.append(f"{what}: got {got}, not {wanted}")


def wait_until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("a condition never came true")
        time.sleep(0.01)


def read(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def state(pid):
    return read(f"/proc/{pid}/stat").rpartition(")")[2].split()[0]


def start_job(terminal, pid_file, *options):
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(terminal, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execv(dagmem, [dagmem, "-q", "run", "-f", "-o", profile, "--",
                          "/usr/bin/python3", "-c", JOB, pid_file, *options])
    try:
        os.setpgid(pid, pid)
    except PermissionError:
        pass                            # it was faster
    wait_until(lambda: read(pid_file))
    return pid, int(read(pid_file))


def wait_for(pid, flags=0):
    return os.waitpid(pid, flags)[1]


def press_interrupt(keyboard, terminal):
    pid, _ = start_job(terminal, "interrupt")
    os.write(keyboard, b"\x03")
    wait_until(lambda: os.path.exists("interrupt.interrupted"))
    os.kill(pid, signal.SIGUSR1)        # passed on after a second, wrong interrupt would be
    expect("interrupt: exit status", os.waitstatus_to_exitcode(wait_for(pid)), 41)


def press_interrupt_to_kill(keyboard, terminal):
    for attempt in range(10):
        pid, _ = start_job(terminal, f"kill{attempt}", "die")
        os.write(keyboard, b"\x03")
        expect("killed: exit status", os.waitstatus_to_exitcode(wait_for(pid)), 130)


def press_suspend(keyboard, terminal):
    pid, program = start_job(terminal, "suspend")
    os.write(keyboard, b"\x1a")
    status = wait_for(pid, os.WUNTRACED)
    expect("suspend: dagmem stopped", os.WIFSTOPPED(status), True)
    expect("suspend: by", os.WSTOPSIG(status), signal.SIGTSTP)
    expect("suspend: state of the program", state(program), "T")
    os.killpg(pid, signal.SIGCONT)
    wait_until(lambda: state(program) != "T" and state(pid) != "T")
    open("suspend.go", "w").close()
    expect("suspend: exit status", os.waitstatus_to_exitcode(wait_for(pid)), 40)


def continue_dagmem_alone(keyboard, terminal):
    pid, program = start_job(terminal, "alone")
    os.kill(pid, signal.SIGTSTP)        # passed on, and copied when the program has stopped
    status = wait_for(pid, os.WUNTRACED)
    expect("alone: dagmem stopped", os.WIFSTOPPED(status), True)
    expect("alone: state of the program", state(program), "T")
    os.kill(pid, signal.SIGCONT)
    wait_until(lambda: state(program) != "T")
    open("alone.go", "w").close()
    expect("alone: exit status", os.waitstatus_to_exitcode(wait_for(pid)), 40)


keyboard, terminal = pty.openpty()
if os.fork() == 0:
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    for scenario in press_interrupt, press_interrupt_to_kill, press_suspend, continue_dagmem_alone:
        scenario(keyboard, terminal)
    for failure in failures:
        print("FAILED:", failure)
    sys.stdout.flush()
    os._exit(1 if failures else 0)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
