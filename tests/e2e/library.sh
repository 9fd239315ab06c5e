#!/bin/bash
# libdagmem.so as other programs see it: exports its hooks and nothing else,
# needs the C library alone, has small static TLS and no text relocations.
. "$(dirname "$0")/lib.sh"
require nm readelf

hooks='malloc|calloc|realloc|reallocarray|free|cfree|posix_memalign|aligned_alloc|memalign|valloc|pvalloc'
hooks+='|malloc_usable_size|mmap|mmap64|munmap|mremap|free_sized|free_aligned_sized|dagmem_[a-z0-9_]*'
hooks+='|exit|_exit|_Exit|quick_exit|mlockall|dlclose'
hooks+='|execve|execv|execvp|execvpe|execl|execlp|execle|fexecve|execveat'
exported=$(nm -D --defined-only "$tracer" | awk '{ print $NF }' | sed 's/@.*//')
other=$(grep -vxE "$hooks" <<<"$exported")
[ -z "$other" ] || fail "exports $other"
for symbol in malloc calloc realloc reallocarray free posix_memalign aligned_alloc memalign valloc \
	pvalloc malloc_usable_size dagmem_api; do
	grep -qx "$symbol" <<<"$exported" || fail "does not export $symbol"
done

# C23's frees: exactly where the C library has them.
libc=$(ldd "$tracer" | awk '/libc\.so/ { print $3 }')
for symbol in free_sized free_aligned_sized; do
	equal "exports $symbol" "$(grep -cx $symbol <<<"$exported")" \
		"$(nm -D --defined-only "$libc" | grep -c " $symbol@")"
done

needed=$(readelf -d "$tracer" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libdl|ld-linux.*)\.so')
[ -z "$needed" ] || fail "needs $needed"
readelf -d "$tracer" | grep -q TEXTREL && fail "has text relocations"
tls=$(readelf -lW "$tracer" | awk '$1 == "TLS" { print strtonum($6) }' 2>/dev/null)
tls=${tls:-$(($(readelf -lW "$tracer" | awk '$1 == "TLS" { print $6 }')))}
[ "${tls:-0}" -le 1024 ] || fail "takes $tls bytes of static TLS"
readelf -rW "$tracer" | grep -qE 'DTPMOD|TLSDESC' && fail "uses dynamic TLS"
finish
