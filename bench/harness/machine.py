"""Machine: what the figures were measured on and with."""
import os
import platform
import re
import shutil
import subprocess

# What tells each version.
VERSIONS = {
    "dagmem": ["build/dagmem", "--version"], "gcc": ["gcc", "-dumpfullversion"],
    "python3": ["/usr/bin/python3", "--version"], "sqlite3": ["sqlite3", "--version"], "jq": ["jq", "--version"],
    "perl": ["perl", "-e", "print $^V"], "git": ["git", "--version"], "xmllint": ["xmllint", "--version"],
    "heaptrack": ["heaptrack", "--version"], "valgrind": ["valgrind", "--version"],
}
PACKAGES = ["libjemalloc2", "libgoogle-perftools4", "libgomp1", "libomp-14-dev", "libstarpu-dev"]


def _first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError:
        return None
    lines = (done.stdout or done.stderr).strip().splitlines()
    found = re.search(r"\d+\.\d[\w.]*", lines[0]) if lines and done.returncode == 0 else None
    return found.group() if found else None


def _from_file(path, pattern):
    try:
        with open(path, encoding="utf-8", errors="replace") as text:
            found = re.search(pattern, text.read(), re.MULTILINE)
    except OSError:
        return None
    return found.group(1).strip().strip('"') if found else None


def _versions():
    found = {name: _first_line(command) for name, command in VERSIONS.items()}
    if shutil.which("dpkg-query"):
        found.update({name: _first_line(["dpkg-query", "-W", "-f", "${Version}", name]) for name in PACKAGES})
    return {name: version for name, version in found.items() if version}


def describe():
    """This machine and the programs on it, as plain data."""
    kibibytes = _from_file("/proc/meminfo", r"^MemTotal:\s*(\d+)")
    return {
        "processor": _from_file("/proc/cpuinfo", r"^model name\s*:\s*(.*)$") or platform.processor(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": int(kibibytes) * 1024 if kibibytes else None,
        "virtual": bool(_from_file("/proc/cpuinfo", r"^flags.*\b(hypervisor)\b")),
        "kernel": re.match(r"[\d.]*\d", platform.release()).group(),
        "system": _from_file("/etc/os-release", r"^PRETTY_NAME=(.*)$"),
        "libc": " ".join(platform.libc_ver()),
        "load_before": os.getloadavg()[0],
        "versions": _versions(),
    }
