# dagmem: build, test, install.  `make help` lists the targets.
#
# Everything is built under build/<variant>/; what users run is build/dagmem
# and build/libdagmem.so (of the release variant).  Adding a .c file to one of
# the folders below is all it takes: no list here names single files.

VERSION := 0.1.0
VARIANT ?= release
B       := build/$(VARIANT)
# Where a variant's finished dagmem and libdagmem.so go.
OUT     := $(if $(filter release,$(VARIANT)),build,$B)

# VARIANT=aarch64: the tracer for another machine, with the sample programs and
# the unit tests that concern it; for tests/full/aarch64.sh.
ifeq ($(VARIANT),aarch64)
CROSS   := aarch64-linux-gnu
CC      := $(CROSS)-gcc
CXX     := $(CROSS)-g++
SYSROOT := $B/sysroot
endif

ifeq ($(origin CC),default)
CC      := gcc
endif
OBJCOPY ?= objcopy
ifeq ($(origin CXX),default)
CXX     := g++
endif
PKG_CONFIG ?= pkg-config
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
DATADIR ?= $(PREFIX)/share
# Where the libraries are that `dagmem run` preloads.
PRELOADDIR ?= $(LIBDIR)
ZSHDIR  ?= $(DATADIR)/zsh/site-functions

# --- Flags ------------------------------------------------------------------

WARN := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla
ifdef CI
WARN += -Werror
endif

CFLAGS.release := -O2 -g
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
# gcc warns that TSan does not model fences.  What ours order is accessed with
# atomics, so nothing is reported for want of them.
ifeq ($(findstring clang,$(CC)),)
CFLAGS.tsan    += -Wno-tsan
endif
CFLAGS.cov     := -O0 -g --coverage
CFLAGS.aarch64 := -O2 -g
ifndef CFLAGS.$(VARIANT)
$(error VARIANT is one of release, asan, tsan, cov, aarch64)
endif

HOST_PACKAGES := sqlite3 libdw libelf jansson libcgraph zlib
HOST_CFLAGS = $(shell $(PKG_CONFIG) --cflags $(HOST_PACKAGES) 2>/dev/null)
HOST_LIBS   = $(shell $(PKG_CONFIG) --libs $(HOST_PACKAGES) 2>/dev/null) $(NCURSES_LIBS) -liberty -lm -lpthread
CMOCKA_LIBS = $(shell $(PKG_CONFIG) --libs cmocka)

# The screen of `dagmem live`, if it is there; without, only --plain.
ifeq ($(shell $(PKG_CONFIG) --exists ncursesw 2>/dev/null && echo there),there)
NCURSES      := -DHAVE_NCURSESW $(shell $(PKG_CONFIG) --cflags ncursesw)
NCURSES_LIBS := $(shell $(PKG_CONFIG) --libs ncursesw)
endif

# Another machine's libraries are where tools/arm64-sysroot puts them.
ifdef CROSS
HOST_CFLAGS = -idirafter $(SYSROOT)/usr/include -idirafter $(SYSROOT)/usr/include/$(CROSS)
HOST_LIBS   = $(addprefix $(SYSROOT)/usr/lib/$(CROSS)/,libdw.so libelf.so) -lm -lpthread \
	-Wl,-rpath-link,$(SYSROOT)/usr/lib/$(CROSS):$(SYSROOT)/lib/$(CROSS)
CMOCKA_LIBS = $(SYSROOT)/usr/lib/$(CROSS)/libcmocka.so
endif

# The tracer opens libunwind when it runs, if it is there; its header it needs here.
ifneq ($(if $(CROSS),$(wildcard $(SYSROOT)/usr/include/$(CROSS)/libunwind.h),native),)
LIBUNWIND := -DHAVE_LIBUNWIND
endif

# PNG is drawn by cairo, if it is there: reports/canvas_png.c opens it when it runs.
ifeq ($(if $(CROSS),,$(shell $(PKG_CONFIG) --exists cairo 2>/dev/null && echo there)),there)
CAIRO := -DHAVE_CAIRO
HOST_CFLAGS += $(shell $(PKG_CONFIG) --cflags cairo)
endif

OUR_CPPFLAGS = -I. -Iinclude -D_GNU_SOURCE -DDAGMEM_VERSION='"$(VERSION)"' $(LIBUNWIND) $(CPPFLAGS)
OUR_CFLAGS   = -std=gnu11 $(WARN) -MMD -MP
# User flags come last, so that they win.
HOST_COMPILE = $(CC) $(OUR_CPPFLAGS) $(CAIRO) $(NCURSES) $(HOST_CFLAGS) $(OUR_CFLAGS) $(CFLAGS.$(VARIANT)) -fPIE $(CFLAGS)

# The tracer lives in other people's programs: no hidden calls into libc, no
# stack protector, frame pointers so that a hook knows its caller's registers.
# It has the same flags in every variant: a sanitizer's runtime can't be
# preloaded into an ordinary program.
TRACER_CFLAGS := -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec \
	-fno-stack-protector -fno-omit-frame-pointer -fno-builtin-malloc -fno-builtin-calloc \
	-fno-builtin-realloc -fno-builtin-free -fno-tree-vectorize -fno-tree-slp-vectorize -fexceptions -fno-plt
TRACER_COMPILE = $(CC) $(OUR_CPPFLAGS) $(if $(CROSS),$(HOST_CFLAGS)) $(OUR_CFLAGS) $(TRACER_CFLAGS) $(CFLAGS)
TRACER_LINK = -shared -Wl,--version-script=$(filter %.map,$^) -Wl,-z,now -Wl,-z,relro \
	-Wl,-Bsymbolic -Wl,--no-undefined -Wl,-soname,$(@F)

# Sample programs must do what their source says: no elided malloc, no cloned
# functions.  They are what users have: never sanitized.
PROGRAM_FLAGS := -D_GNU_SOURCE -Iinclude -Itests/programs -g -fno-builtin -pthread -Wall -Wextra

# --- Files ------------------------------------------------------------------

PROFILE_SRC := $(wildcard profile/*.c)
TRACER_SRC  := $(wildcard tracer/*.c)
NEW_SRC     := $(wildcard tracer/new/*.c)
# Each adapter is a library of its own, with what they share in it.
ENGINES     := ompt $(if $(shell $(PKG_CONFIG) --exists starpu-1.3 2>/dev/null && echo there),starpu)
ADAPTER_SRC := $(filter-out $(addprefix tracer/adapters/,ompt%.c starpu%.c),$(wildcard tracer/adapters/*.c))
HOST_SRC    := $(wildcard $(addsuffix /*.c,base analyzer reports runner cli))
UNIT_SRC    := $(wildcard tests/unit/*.c)
FUZZ_SRC    := $(wildcard tests/fuzz/fuzz_*.c)
ifdef CROSS
HOST_SRC    := $(wildcard base/*.c)
UNIT_SRC    := $(filter-out tests/unit/test_%,$(UNIT_SRC)) \
	$(shell grep -l '"\(tracer\|profile\)/' tests/unit/test_*.c | xargs grep -L '"\(cli\|analyzer\)/')
# /proc tells of the emulator's system calls.
UNIT_SRC    := $(filter-out tests/unit/test_tracer_leak_task.c,$(UNIT_SRC))
endif
HEADERS     := $(wildcard $(addsuffix /*.h,include profile base tracer tracer/adapters analyzer reports runner cli))
# Of the headers for one machine each, machine.h includes the right one.
HEADERS     := $(filter-out tracer/machine_%,$(HEADERS))

TRACER_OBJ  := $(PROFILE_SRC:%.c=$B/pic/%.o) $(TRACER_SRC:%.c=$B/pic/%.o)
NEW_OBJ     := $(NEW_SRC:%.c=$B/pic/%.o)
ADAPTER_OBJ := $(ADAPTER_SRC:%.c=$B/pic/%.o)
ENGINE_OBJ  := $(patsubst %.c,$B/pic/%.o,$(foreach engine,$(ENGINES),$(wildcard tracer/adapters/$(engine)*.c)))
ADAPTERS    := $(ENGINES:%=$(OUT)/libdagmem-%.so)
HOST_OBJ    := $(PROFILE_SRC:%.c=$B/%.o) $(HOST_SRC:%.c=$B/%.o)
LIBRARY_OBJ := $(filter-out $B/cli/main.o,$(HOST_OBJ))
# For unit tests: the tracer without its hooks, so that sanitizers work.
TRACER_UNIT_OBJ := $(patsubst %.c,$B/%.o,$(filter-out tracer/hooks%,$(TRACER_SRC)) $(ADAPTER_SRC))

UNIT_TESTS       := $(patsubst tests/unit/%.c,$B/unit/%,$(filter tests/unit/test_%,$(UNIT_SRC)))
UNIT_HELPER_OBJ  := $(patsubst %.c,$B/%.o,$(filter-out tests/unit/test_%,$(UNIT_SRC)))
FUZZ_REPLAYS     := $(FUZZ_SRC:tests/fuzz/%.c=$B/unit/%)
FUZZERS          := $(FUZZ_SRC:tests/fuzz/%.c=build/fuzz/%)
E2E_TESTS        := $(sort $(wildcard tests/e2e/*.sh))
E2E_TESTS        := $(filter-out tests/e2e/lib.sh,$(E2E_TESTS))

# The DAG library for programs: the runner without what reads files and makes things up.
DAGRUN_SRC := base/error.c base/units.c $(filter-out runner/parse_% runner/words.c runner/source.c \
	runner/generate.c runner/payload.c,$(wildcard runner/*.c))
EVENT_ENGINES := build/bench/events/callbacks build/bench/events/queues
EXAMPLES   := $(patsubst runner/examples/%.c,build/examples/%,$(wildcard runner/examples/*.c))

BENCH_PROGRAMS := $(patsubst bench/programs/%.c,build/bench/programs/%, \
	$(filter-out bench/programs/dag_openmp.c bench/programs/dag_starpu.c,$(wildcard bench/programs/*.c))) \
	build/bench/measure build/bench/libcount.so build/bench/liblinger.so
# The peers of the DAG runner that are installed.
BENCH_PROGRAMS += build/bench/programs/dag_libgomp \
	$(if $(wildcard /usr/lib/llvm-*/lib/libomp.so /usr/lib*/libomp.so), \
		$(if $(shell command -v clang),build/bench/programs/dag_libomp)) \
	$(if $(shell $(PKG_CONFIG) --exists starpu-1.3 2>/dev/null && echo there),build/bench/programs/dag_starpu)

P := $(if $(CROSS),$B/programs,build/programs)
PROGRAMS := $(patsubst tests/programs/%.c,$P/%,$(wildcard tests/programs/*.c)) \
	$(patsubst tests/programs/%.cpp,$P/%,$(wildcard tests/programs/*.cpp))
PROGRAMS += $(addsuffix .O2,$(PROGRAMS)) \
	$(patsubst tests/programs/lib/%.c,$P/lib%.so,$(wildcard tests/programs/lib/*.c))

# What adapters are tested with, of the engines that are installed.
ADAPTER_EXAMPLES := $P/openmp_gcc \
	$(if $(wildcard /usr/lib/llvm-*/lib/libomp.so /usr/lib*/libomp.so), \
		$(if $(shell command -v clang),$P/openmp_clang)) \
	$(if $(filter starpu,$(ENGINES)),$P/starpu)
ifndef CROSS
PROGRAMS += $(ADAPTER_EXAMPLES)
PROGRAMS += $(if $(shell command -v clang),$(foreach name,leak_cases leak_objects leak_stacks,$P/$(name).clang $P/$(name).clang.O2))
endif

# Lets the tracer's system calls fail in turn; knows x86-64's registers.
INJECT := $(if $(filter x86_64,$(shell uname -m)),build/faults/inject build/faults/inject_child)

ALL_OBJ := $(TRACER_OBJ) $(NEW_OBJ) $(ADAPTER_OBJ) $(ENGINE_OBJ) $(HOST_OBJ) $(TRACER_UNIT_OBJ) $(UNIT_SRC:%.c=$B/%.o) \
	$(patsubst %.c,$B/%.o,$(wildcard tests/fuzz/*.c))

# --- Build ------------------------------------------------------------------

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all
all: $(OUT)/dagmem $(OUT)/libdagmem.so $(OUT)/libdagmem-new.so $(ADAPTERS) $(OUT)/libdagrun.a  ## build dagmem and its libraries (default)

$(OUT)/libdagmem.so: $(TRACER_OBJ) tracer/exports.map
	$(CC) -o $@ $(TRACER_OBJ) $(TRACER_LINK) $(LDFLAGS)

# For programs whose allocator has an operator new of its own.
$(OUT)/libdagmem-new.so: $(NEW_OBJ) tracer/new/exports.map
	$(CC) -o $@ $(NEW_OBJ) $(TRACER_LINK) $(LDFLAGS)

# For programs whose DAG an engine runs: each tells the tracer of that engine's tasks.
$(OUT)/libdagmem-ompt.so: $(filter %/ompt.o %/ompt_place.o,$(ENGINE_OBJ))
$(OUT)/libdagmem-starpu.so: $(filter %/starpu.o,$(ENGINE_OBJ))
$(ADAPTERS): $(OUT)/libdagmem-%.so: $(ADAPTER_OBJ) tracer/adapters/%.map
	$(CC) -o $@ $(filter %.o,$^) $(TRACER_LINK) $(LDFLAGS)

$(OUT)/dagmem: $B/cli/main.o $B/libdagmem-host.a
	$(CC) $(CFLAGS.$(VARIANT)) -pie -o $@ $^ $(LDFLAGS) $(HOST_LIBS)

# One object whose only global names are those of include/dagrun.h.
$(OUT)/libdagrun.a: $(DAGRUN_SRC:%.c=$B/%.o)
	@rm -f $@
	$(LD) -r -o $B/dagrun.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='dagrun_*' $B/dagrun.o
	$(AR) rcs $@ $B/dagrun.o

build/examples/%: runner/examples/%.c $(OUT)/libdagrun.a include/dagrun.h
	@mkdir -p $(@D)
	$(CC) -Iinclude -D_GNU_SOURCE -std=gnu11 $(WARN) -g -o $@ $< $(OUT)/libdagrun.a -lpthread

# Archives, so that a unit test is linked with what it uses and no more.
$B/libdagmem-host.a: $(LIBRARY_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$B/libdagmem-tracer.a: $(TRACER_UNIT_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^
$B/libunit.a: $(UNIT_HELPER_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(TRACER_OBJ) $(NEW_OBJ) $(ADAPTER_OBJ) $(ENGINE_OBJ): $B/pic/%.o: %.c $B/flags | build/dependencies
	@mkdir -p $(@D)
	$(TRACER_COMPILE) $(ENGINE_CFLAGS) -c $< -o $@
$B/pic/tracer/adapters/starpu.o: ENGINE_CFLAGS = $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags starpu-1.3))

$B/%.o: %.c $B/flags | build/dependencies
	@mkdir -p $(@D)
	$(HOST_COMPILE) -c $< -o $@

# A change of compiler or flags rebuilds; an unchanged command line does not.
.PHONY: FORCE
$B/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(HOST_COMPILE) // $(TRACER_COMPILE))' | cmp -s - $@ || \
	echo '$(subst ','\'',$(HOST_COMPILE) // $(TRACER_COMPILE))' > $@

# Says what is missing, before a compiler does.
build/dependencies: tools/dependencies.txt tools/install-deps
	@tools/install-deps --check build
	@mkdir -p $(@D) && touch $@

# .incbin is not seen by the compiler.
$B/analyzer/suppressions.o: analyzer/builtin.supp
$B/analyzer/schema.o: analyzer/schema.sql
$B/reports/page_bundle.o: build/page/report.html

# The page of `dagmem report`: an empty file where npm or its packages are not to be had.
PAGE_SRC := $(wildcard reports/page/*)
build/page/report.html: $(PAGE_SRC) tools/bundle-page $(if $(shell test -s build/page/report.html && echo there),,FORCE)
	@tools/bundle-page $@

-include $(ALL_OBJ:.o=.d) $(wildcard $P/*.d)

# --- Tests ------------------------------------------------------------------

.PHONY: deps demo test test-full run-tests unit e2e programs
deps:  ## install missing packages (apt; with sudo when not root)
	@tools/install-deps build test

demo:  ## install what is missing, build, show a first profile
	@tools/install-deps build demo
	@$(MAKE) --no-print-directory all $P/demo
	@tools/demo.sh

# The packages first, then make again: its variables ask pkg-config.
test:  ## install what is missing, build, run all quick tests
	@tools/install-deps build test
	@$(MAKE) --no-print-directory run-tests

run-tests: all programs $(BENCH_PROGRAMS) $(UNIT_TESTS) $(FUZZ_REPLAYS)
	@DAGMEM_BUILD=$(OUT) tests/run $(FUZZ_REPLAYS) $(UNIT_TESTS) $(E2E_TESTS)

unit: $(UNIT_TESTS) $(FUZZ_REPLAYS)  ## the unit tests alone (VARIANT=asan|tsan|cov too)
	@tests/run $^

e2e: all programs $(BENCH_PROGRAMS)  ## the end-to-end tests alone (T="tests/e2e/x.sh ..." for some)
	@DAGMEM_BUILD=$(OUT) tests/run $(or $T,$(E2E_TESTS))

test-full:  ## all that takes long: real programs, sanitizers, emulators, a clean system
	@tools/install-deps build test check full
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory unit VARIANT=tsan
	@DAGMEM_BUILD=$(OUT) TEST_TIMEOUT=$${TEST_TIMEOUT:-3600} tests/run $(sort $(wildcard tests/full/*.sh))

programs: $(PROGRAMS) $(INJECT) build/faults/librefuse.so $(EXAMPLES) $(EVENT_ENGINES)  ## the sample programs that tests profile

$B/unit/%: $B/tests/unit/%.o $B/libunit.a $B/libdagmem-tracer.a $B/libdagmem-host.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS.$(VARIANT)) -pie -o $@ $^ $(LDFLAGS) $(CMOCKA_LIBS) $(HOST_LIBS)

$P/%.O2: PROGRAM_OPT := -O2
PROGRAM_OPT := -O0
define build-program
	@mkdir -p $(@D)
	$(1) $(PROGRAM_FLAGS) $(PROGRAM_OPT) -MMD -MP -MF $@.d -o $@ $< $(PROGRAM_PARTS) $(PROGRAM_LDFLAGS) -ldl
endef
$P/%: tests/programs/%.c | build/dependencies
	$(call build-program,$(CC))
$P/%.O2: tests/programs/%.c | build/dependencies
	$(call build-program,$(CC))
$P/%: tests/programs/%.cpp | build/dependencies
	$(call build-program,$(CXX))
$P/%.O2: tests/programs/%.cpp | build/dependencies
	$(call build-program,$(CXX))
# What leak checks find is asked of both compilers.
$P/%.clang: tests/programs/%.c | build/dependencies
	$(call build-program,clang)
$P/%.clang.O2: tests/programs/%.c | build/dependencies
	$(call build-program,clang)
$P/%.clang: tests/programs/%.cpp | build/dependencies
	$(call build-program,clang++ -std=gnu++17)
$P/%.clang.O2: tests/programs/%.cpp | build/dependencies
	$(call build-program,clang++ -std=gnu++17)
$P/lib%.so: tests/programs/lib/%.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(PROGRAM_FLAGS) -O0 -fPIC -shared -MMD -MP -MF $@.d -o $@ $<

EXAMPLE_FLAGS = $(PROGRAM_FLAGS) -O1 -o $@ $<
$P/openmp_gcc: tracer/adapters/examples/openmp.c tracer/adapters/examples/tasks.h | build/dependencies
	@mkdir -p $(@D)
	gcc -fopenmp $(EXAMPLE_FLAGS)
$P/openmp_clang: tracer/adapters/examples/openmp.c tracer/adapters/examples/tasks.h | build/dependencies
	@mkdir -p $(@D)
	clang -fopenmp $(EXAMPLE_FLAGS)
$P/starpu: tracer/adapters/examples/starpu.c tracer/adapters/examples/tasks.h | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(EXAMPLE_FLAGS) $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags --libs starpu-1.3))

build/faults/inject build/faults/inject_child: build/faults/%: tests/faults/%.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(WARN) -O2 -g -o $@ $<

# Sample programs of several files.
LEAK_CASES := $(foreach build,leak_cases leak_cases.clang,$P/$(build) $P/$(build).O2)
$(LEAK_CASES): PROGRAM_PARTS := $(wildcard tests/programs/leak_cases/*.c)
$(LEAK_CASES): $(wildcard tests/programs/leak_cases/*) include/dagmem.h

# Lets allocations of any program fail in turn.
build/faults/librefuse.so: tests/faults/refuse.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE $(WARN) -O2 -g -fno-builtin -fPIC -shared -o $@ $<

# Sample programs with a special way to be linked.
$P/static_prog $P/static_prog.O2: PROGRAM_LDFLAGS := -static
$P/dlopen_loop $P/dlopen_loop.O2 $P/torture $P/torture.O2: PROGRAM_LDFLAGS := -Wl,-rpath,'$$ORIGIN'
$P/own_malloc $P/own_malloc.O2: PROGRAM_LDFLAGS := -rdynamic
$P/early $P/early.O2: PROGRAM_LDFLAGS := -Wl,--no-as-needed -L$P -learly_needed -Wl,-rpath,'$$ORIGIN'
$P/early $P/early.O2: $P/libearly_needed.so
$P/dlopen_loop $P/dlopen_loop.O2 $P/torture $P/torture.O2: $P/libplugin_a.so $P/libplugin_b.so

.PHONY: test-aarch64 cross cross-unit
test-aarch64:  ## the tracer on aarch64: cross-built, run under qemu-user
	@tests/run tests/full/aarch64.sh

# For tests/full/aarch64.sh, with VARIANT=aarch64.
cross: $(OUT)/libdagmem.so $(PROGRAMS)
cross-unit: $(UNIT_TESTS)
	@echo $^

# --- Fuzzing ----------------------------------------------------------------

# `make test` replays the corpora; `make fuzz` looks for more with libFuzzer.
$B/unit/fuzz_%: $B/tests/fuzz/fuzz_%.o $B/tests/fuzz/replay.o $B/libunit.a $B/libdagmem-host.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS.$(VARIANT)) -pie -o $@ $^ $(LDFLAGS) $(CMOCKA_LIBS) $(HOST_LIBS)

# Seeds that the build makes, so that they follow the layout of what is read.
$B/unit/seed_%: $B/tests/fuzz/seed_%.o $B/libdagmem-host.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS.$(VARIANT)) -pie -o $@ $^ $(LDFLAGS) $(HOST_LIBS)

$B/unit/seeds/%: $B/unit/seed_%
	@rm -rf $@ && mkdir -p $@
	$< $@

$B/unit/fuzz_graph: | $B/unit/seeds/graph

FUZZ_SECONDS ?= 60
FUZZ_FLAGS   := -O1 -g -fsanitize=fuzzer,address,undefined
.PHONY: fuzz
fuzz: $(FUZZERS) $B/unit/seeds/graph  ## fuzz every target for FUZZ_SECONDS (60) each; needs clang
	@set -e; for fuzzer in $(FUZZERS); do \
		name=$${fuzzer##*/fuzz_}; mkdir -p build/fuzz/corpus/$$name; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -artifact_prefix=build/fuzz/$$name- \
			build/fuzz/corpus/$$name $$(ls -d tests/fuzz/corpus/$$name $B/unit/seeds/$$name 2>/dev/null); \
	done

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(PROFILE_SRC) $(filter-out cli/%,$(HOST_SRC)) $(HEADERS)
	@mkdir -p $(@D)
	clang $(OUR_CPPFLAGS) $(HOST_CFLAGS) -std=gnu11 $(FUZZ_FLAGS) -o $@ $(filter %.c,$^) $(HOST_LIBS)

.PHONY: soak docs screenshots
SOAK_MINUTES ?= 60
soak: all programs  ## the stress program with random seeds for SOAK_MINUTES (60)
	@DAGMEM_BUILD=$(OUT) tests/soak.sh $(SOAK_MINUTES)

screenshots: all  ## draw the documentation's pictures of `dagmem report` anew, in Chromium
	@tools/install-deps full
	@SCREENSHOTS=docs/images DAGMEM_BUILD=$(OUT) bash tests/full/page.sh

docs: all  ## run the documentation's examples and write what they print into its pages
	@tools/docs --write $(wildcard *.md docs/*.md docs/tutorials/*.md)

# --- Benchmarks -------------------------------------------------------------

.PHONY: bench
bench: all $(BENCH_PROGRAMS) build/bench/programs/leaks_lsan  ## measure dagmem beside its peers (BENCH="--quick ...")
	@bench/run $(BENCH)

BENCH_CFLAGS := -std=gnu11 -D_GNU_SOURCE $(WARN) -O2 -g -fno-builtin -pthread
build/bench/programs/%: bench/programs/%.c $(wildcard bench/programs/*.h) | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Iinclude -o $@ $<
DAG_GRAPH := bench/programs/dag_graph.h
build/bench/programs/dag_runner: bench/programs/dag_runner.c $(DAG_GRAPH) $(OUT)/libdagrun.a
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Iinclude -o $@ $< $(OUT)/libdagrun.a
build/bench/programs/dag_libgomp: bench/programs/dag_openmp.c $(DAG_GRAPH) | build/dependencies
	@mkdir -p $(@D)
	gcc $(BENCH_CFLAGS) -fopenmp -o $@ $<
build/bench/programs/dag_libomp: bench/programs/dag_openmp.c $(DAG_GRAPH) | build/dependencies
	@mkdir -p $(@D)
	clang $(BENCH_CFLAGS) -fopenmp -o $@ $<
build/bench/programs/dag_starpu: bench/programs/dag_starpu.c $(DAG_GRAPH) | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -o $@ $< $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags --libs starpu-1.3))
build/bench/programs/leaks_lsan: bench/programs/leaks.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Iinclude -fsanitize=leak -o $@ $<
build/bench/measure: bench/measure.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -Iinclude -o $@ $<
build/bench/libcount.so: bench/count.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -fPIC -shared -o $@ $<
build/bench/liblinger.so: bench/count.c | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(BENCH_CFLAGS) -DLINGER -fPIC -shared -o $@ $<

.PHONY: experiment-chain experiment-events experiment-threads
experiment-chain: all  ## a chain of tables, unpruned and pruned (CHAIN="1000x100MiB ...")
	@bench/experiment-chain $(CHAIN)

experiment-threads: all $(BENCH_PROGRAMS)  ## what of the cost of two threads any interposer would have (THREADS="--rounds 20 ...")
	@bench/experiment-threads $(THREADS)

experiment-events: all $(EVENT_ENGINES)  ## an event engine with callbacks, and with queues
	@bench/experiment-events

build/bench/events/%: bench/events/engine_%.c bench/events/workload.c bench/events/table.c \
		$(wildcard bench/events/*.h) | build/dependencies
	@mkdir -p $(@D)
	$(CC) $(PROGRAM_FLAGS) -std=gnu11 -O1 -o $@ $(filter %.c,$^) -ldl

# --- Checks -----------------------------------------------------------------

.PHONY: check arch tidy cppcheck
check:  ## the tests, sanitized unit tests, clang-tidy, cppcheck, architecture, aarch64
	@tools/install-deps build test check
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory unit VARIANT=asan
	@$(MAKE) --no-print-directory test-aarch64
	@$(MAKE) --no-print-directory arch tidy cppcheck

arch: $(TRACER_OBJ) $(NEW_OBJ) $(ADAPTER_OBJ) $(ENGINE_OBJ) $(HOST_OBJ)  ## headers stand alone, layers hold, forbidden imports
	@CC='$(CC)' CXX='$(CXX)' tests/arch/headers.sh $(HEADERS)
	@tests/arch/layers.sh
	@tests/arch/imports.sh tests/arch/tracer-imports.txt $(TRACER_OBJ) $(NEW_OBJ) $(ADAPTER_OBJ) $(ENGINE_OBJ)
	@tests/arch/imports.sh tests/arch/library-imports.txt $(filter-out $B/cli/%,$(HOST_OBJ))

# An object is newer than all it includes: its stamp is the file's.
TIDY_STAMPS := $(patsubst %.c,$B/tidy/%.ok,$(PROFILE_SRC) $(TRACER_SRC) $(HOST_SRC))
TIDY_STAMPS += $(patsubst $B/pic/%.o,$B/tidy/%.ok,$(filter-out %/starpu.o,$(ADAPTER_OBJ) $(ENGINE_OBJ)))
tidy: $(TIDY_STAMPS)  ## clang-tidy, on what changed
# What it is told first, by the layer.
tidy-first = $(if $(filter base/% profile/%,$1),,-include tests/arch/$(if $(filter tracer/%,$1),tracer,analyzer).h)
$B/tidy/tracer/adapters/%.ok: $B/pic/tracer/adapters/%.o .clang-tidy tests/arch/tracer.h
	@mkdir -p $(@D)
	clang-tidy --quiet --warnings-as-errors='*' tracer/adapters/$*.c -- $(OUR_CPPFLAGS) -std=gnu11 $(WARN) \
		$(call tidy-first,tracer/adapters/$*)
	@touch $@
$B/tidy/%.ok: $B/%.o .clang-tidy tests/arch/analyzer.h tests/arch/tracer.h
	@mkdir -p $(@D)
	clang-tidy --quiet --warnings-as-errors='*' $*.c -- $(OUR_CPPFLAGS) $(HOST_CFLAGS) -std=gnu11 $(WARN) \
		$(call tidy-first,$*)
	@touch $@

cppcheck: | build/dependencies  ## cppcheck, on what changed
	@mkdir -p build/cppcheck
	cppcheck --quiet --error-exitcode=1 --std=c11 --cppcheck-build-dir=build/cppcheck -j2 \
		--enable=warning,performance,portability --inline-suppr \
		--suppressions-list=tests/arch/cppcheck-suppressions.txt \
		-I. -Iinclude -D__x86_64__ -D__linux__ -D__GNUC__ -DHAVE_LIBUNWIND -DDAGMEM_VERSION='""' \
		$(PROFILE_SRC) $(TRACER_SRC) $(ADAPTER_SRC) $(wildcard tracer/adapters/ompt*.c) $(HOST_SRC)

# --- Install ----------------------------------------------------------------

# Manual pages of the verbs are made of dagmem(1)'s parts, those of headers of their comments.
VERB_PAGES := $(patsubst %,$B/man/dagmem-%.1,$(shell sed -n 's/^\.Ss dagmem \([a-z]*\)$$/\1/p' docs/dagmem.1))
PAGES_1 := docs/dagmem.1 $(VERB_PAGES)
PAGES_3 := $(patsubst include/%,$B/man/%.3,$(wildcard include/*.h))
PAGES_5 := $B/man/dagmem-profile.5 $(wildcard docs/*.5)
PRELOADED := $(OUT)/libdagmem.so $(OUT)/libdagmem-new.so $(ADAPTERS)
CONFIGS := $B/dagmem.pc $B/dagmem-config.cmake $B/dagmem-config-version.cmake

INSTALLED := $(BINDIR)/dagmem $(PRELOADED:$(OUT)/%=$(PRELOADDIR)/%) $(LIBDIR)/libdagrun.a \
	$(patsubst include/%,$(INCLUDEDIR)/%,$(wildcard include/*.h)) $(LIBDIR)/pkgconfig/dagmem.pc \
	$(LIBDIR)/cmake/dagmem/dagmem-config.cmake $(LIBDIR)/cmake/dagmem/dagmem-config-version.cmake \
	$(addprefix $(MANDIR)/man1/,$(notdir $(PAGES_1))) $(addprefix $(MANDIR)/man3/,$(notdir $(PAGES_3))) \
	$(addprefix $(MANDIR)/man5/,$(notdir $(PAGES_5))) \
	$(DATADIR)/bash-completion/completions/dagmem $(ZSHDIR)/_dagmem \
	$(DATADIR)/fish/vendor_completions.d/dagmem.fish

.PHONY: install uninstall man deb
install: all man $(CONFIGS)  ## install under PREFIX (/usr/local), staged in DESTDIR
	install -Dm755 -t $(DESTDIR)$(BINDIR) $(OUT)/dagmem
	install -Dm755 -t $(DESTDIR)$(PRELOADDIR) $(PRELOADED)
	install -Dm644 -t $(DESTDIR)$(LIBDIR) $(OUT)/libdagrun.a
	install -Dm644 -t $(DESTDIR)$(INCLUDEDIR) $(wildcard include/*.h)
	install -Dm644 -t $(DESTDIR)$(LIBDIR)/pkgconfig $B/dagmem.pc
	install -Dm644 -t $(DESTDIR)$(LIBDIR)/cmake/dagmem $(filter %.cmake,$(CONFIGS))
	install -Dm644 -t $(DESTDIR)$(MANDIR)/man1 $(PAGES_1)
	install -Dm644 -t $(DESTDIR)$(MANDIR)/man3 $(PAGES_3)
	install -Dm644 -t $(DESTDIR)$(MANDIR)/man5 $(PAGES_5)
	install -Dm644 completions/dagmem.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/dagmem
	install -Dm644 -t $(DESTDIR)$(ZSHDIR) completions/_dagmem
	install -Dm644 -t $(DESTDIR)$(DATADIR)/fish/vendor_completions.d completions/dagmem.fish

uninstall:  ## remove what install put there
	rm -f $(addprefix $(DESTDIR),$(INSTALLED))

man: $(VERB_PAGES) $(PAGES_3) $(PAGES_5)  ## the manual pages that are made of other files

$B/man/dagmem-%.1: docs/dagmem.1 tools/man-page $(OUT)/dagmem
	@mkdir -p $(@D)
	tools/man-page verb $* $(OUT)/dagmem >$@
$B/man/%.h.3: include/%.h docs/dagmem.1 tools/man-page
	@mkdir -p $(@D)
	tools/man-page header $< >$@
$B/man/dagmem-profile.5: docs/FORMAT.md docs/dagmem.1 tools/man-page
	@mkdir -p $(@D)
	tools/man-page format >$@

deb: all  ## a Debian package in build/deb
	@tools/make-deb

$(CONFIGS): $B/%: tools/%.in FORCE
	@mkdir -p $(@D)
	@sed -e 's|@prefix@|$(PREFIX)|; s|@libdir@|$(LIBDIR)|; s|@includedir@|$(INCLUDEDIR)|' \
		-e 's|@preloaddir@|$(PRELOADDIR)|; s|@version@|$(VERSION)|' $< > $@

# --- The rest ---------------------------------------------------------------

.PHONY: clean help
clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*##  */\1\t/p' $(MAKEFILE_LIST) | expand -t 14
	@echo
	@echo 'Variables: VARIANT=release|asan|tsan|cov  CC=gcc|clang  PREFIX= DESTDIR=  CI=true (warnings are errors)'
