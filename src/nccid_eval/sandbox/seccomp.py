"""The system calls that a container may make: the host's installed allow-list, tightened.

The list itself is not ours: it is the profile that Debian's package golang-github-containers-common installs (the one
that podman uses), so that it stays as current as the host. Taken from it is what a container without capabilities
never needs and what the kernel does not keep apart between containers: AF_VSOCK and other odd sockets, io_uring,
keyrings, tracing, userfaultfd, mounting, namespaces, secret memory, BPF, 32-bit system calls.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nccid_eval.errors import PolicyNotApplied

PLACES = (Path("/etc/containers/seccomp.json"), Path("/usr/share/containers/seccomp.json"))
PACKAGE = "golang-github-containers-common"
EPERM, ENOSYS = 1, 38
ALLOW, ERRNO = "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO"
ARCHITECTURES = ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64")

_DANGEROUS = """
io_uring_setup io_uring_enter io_uring_register
add_key request_key keyctl
ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd
userfaultfd memfd_secret bpf perf_event_open fanotify_init fanotify_mark lookup_dcookie vmsplice
mount umount umount2 mount_setattr move_mount open_tree fsopen fsconfig fsmount fspick pivot_root chroot
setns unshare name_to_handle_at open_by_handle_at quotactl quotactl_fd
swapon swapoff reboot kexec_load kexec_file_load init_module finit_module delete_module create_module query_module
get_kernel_syms acct syslog vhangup iopl ioperm modify_ldt vm86 vm86old uselib ustat sysfs nfsservctl
_sysctl bdflush migrate_pages move_pages sethostname setdomainname settimeofday stime
clock_settime clock_settime64 clock_adjtime clock_adjtime64 adjtimex
"""
REFUSED = frozenset(_DANGEROUS.split())
ABSENT = frozenset({"clone3"})  # glibc falls back to clone only where this one does not exist
REPLACED = frozenset({"clone", "socket", "socketpair", "socketcall"})  # allowed with some arguments alone
NEW_NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
UNIX, INET, INET6, NETLINK, ROUTE = 1, 2, 10, 16, 0


def load_profile(places: Sequence[Path] = PLACES) -> str:
    """The tightened form of the first profile that this host has. Raises PolicyNotApplied where it has none."""
    for place in places:
        if place.is_file():
            try:
                return derive(place.read_text(encoding="utf-8"))
            except (OSError, ValueError, KeyError, TypeError, AttributeError) as cause:
                raise PolicyNotApplied(
                    f"the seccomp profile cannot be used ({type(cause).__name__})",
                    where=str(place),
                    mend=f"install it again (Debian: apt-get install --reinstall {PACKAGE})",
                ) from None
    raise PolicyNotApplied(
        "this host has no seccomp profile to derive the sandbox's from",
        where=", ".join(map(str, places)),
        mend=f"install one (Debian: apt-get install {PACKAGE})",
    )


def digest(profile: str) -> str:
    """What names a profile: the SHA-256 of its text."""
    return "sha256:" + hashlib.sha256(profile.encode()).hexdigest()


def derive(profile: str) -> str:
    """A tighter profile of the same format (Docker's), as canonical JSON: the same text for the same profile.

    What is not allowed does not exist (ENOSYS, so that libraries fall back), what is known and dangerous is refused
    (EPERM). Rules that hold for a capability fall away, since the container has none. Raises ValueError, KeyError,
    TypeError or AttributeError for what is not such a profile.
    """
    allowed = [rule for rule in map(_without_capabilities, json.loads(profile)["syscalls"]) if rule is not None]
    if not allowed:
        raise ValueError("it allows nothing")
    tightened = {
        "archMap": [{"architecture": one, "subArchitectures": []} for one in ARCHITECTURES],
        "defaultAction": ERRNO,
        "defaultErrnoRet": ENOSYS,
        "syscalls": [*_merged(allowed), *_own_rules()],
    }
    return json.dumps(tightened, sort_keys=True, separators=(",", ":"))


def _without_capabilities(rule: Mapping[str, Any]) -> dict[str, Any] | None:
    """What is left of an allowing rule; None where nothing is."""
    includes = rule.get("includes") or {}
    names = [name for name in rule["names"] if name not in REFUSED | ABSENT | REPLACED]
    if rule["action"] != ALLOW or includes.get("caps") or not names:
        return None
    kept = {key: includes[key] for key in ("arches",) if includes.get(key)}
    return {"names": sorted(names), "args": list(rule.get("args") or ()), "includes": kept}


def _merged(rules: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules of the same condition as one, in an order of their own."""
    names: dict[str, set[str]] = {}
    for rule in rules:
        condition = json.dumps([rule["args"], rule["includes"]], sort_keys=True)
        names.setdefault(condition, set()).update(rule["names"])
    merged = ((sorted(group), *json.loads(condition)) for condition, group in sorted(names.items()))
    return [_rule(group, ALLOW, args=args, includes=includes) for group, args, includes in merged]


def _own_rules() -> Iterator[dict[str, Any]]:
    for family in (UNIX, INET, INET6):
        yield _rule(["socket"], ALLOW, args=[_equal(0, family)])
    yield _rule(["socket"], ALLOW, args=[_equal(0, NETLINK), _equal(2, ROUTE)])  # how a program lists its interfaces
    yield _rule(["socketpair"], ALLOW, args=[_equal(0, UNIX)])
    threads = {"index": 0, "value": NEW_NAMESPACES, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}
    yield _rule(["clone"], ALLOW, args=[threads])
    yield _rule(sorted(REFUSED), ERRNO, errno=EPERM)
    yield _rule(sorted(ABSENT), ERRNO, errno=ENOSYS)


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}


def _rule(
    names: Sequence[str],
    action: str,
    *,
    args: Sequence[Mapping[str, Any]] = (),
    includes: Mapping[str, Any] | None = None,
    errno: int | None = None,
) -> dict[str, Any]:
    rule: dict[str, Any] = {"names": list(names), "action": action, "args": list(args), "includes": includes or {}}
    return rule if errno is None else {**rule, "errnoRet": errno}
