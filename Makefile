# dagmem: build, test, install.  `make help` lists the targets.

CC      ?= gcc
VARIANT ?= release
B       := build/$(VARIANT)

VERSION := 0.1.0
WARN    := -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes -Wshadow -Wvla
ifdef CI
WARN    += -Werror
endif
CPPFLAGS += -I. -Iinclude -D_GNU_SOURCE -DDAGMEM_VERSION='"$(VERSION)"'
CFLAGS.release := -O2 -g
CFLAGS.asan    := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer
CFLAGS.tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
CFLAGS.cov     := -O0 -g --coverage
CFLAGS  += -std=gnu11 $(WARN) -MMD -MP

# The tracer lives in other people's programs: no hidden calls into libc, no
# stack protector, frame pointers so that a hook knows its caller's registers.
TRACER_CFLAGS := -O2 -g -fPIC -fvisibility=hidden -ftls-model=initial-exec \
	-fno-stack-protector -fno-omit-frame-pointer -fno-builtin-malloc -fno-builtin-calloc \
	-fno-builtin-realloc -fno-builtin-free -fexceptions -fno-plt

HOST_DIRS := base analyzer reports runner cli
TRACER_SRC  := $(wildcard profile/*.c tracer/*.c)
HOST_SRC    := $(wildcard $(HOST_DIRS:%=%/*.c))
PROFILE_SRC := $(wildcard profile/*.c)
TRACER_OBJ  := $(TRACER_SRC:%.c=$B/pic/%.o)
HOST_OBJ    := $(HOST_SRC:%.c=$B/%.o) $(PROFILE_SRC:%.c=$B/%.o)
HOST_LIBS   := -lsqlite3 -ldw -lelf -lm -lpthread

.PHONY: all clean
all: build/dagmem build/libdagmem.so

build/libdagmem.so: $(TRACER_OBJ) tracer/exports.map
	$(CC) -shared -o $@ $(TRACER_OBJ) -Wl,--version-script=tracer/exports.map -Wl,-z,now \
		-Wl,-z,relro -Wl,-Bsymbolic -Wl,--no-undefined $(LDFLAGS)

build/dagmem: $(HOST_OBJ)
	$(CC) $(CFLAGS.$(VARIANT)) -o $@ $(HOST_OBJ) $(LDFLAGS) $(HOST_LIBS)

$B/pic/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(TRACER_CFLAGS) -c $< -o $@

$B/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(CFLAGS.$(VARIANT)) -fPIE -c $< -o $@

clean:
	rm -rf build

-include $(TRACER_OBJ:.o=.d) $(HOST_OBJ:.o=.d)
