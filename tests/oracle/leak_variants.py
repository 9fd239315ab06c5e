#!/usr/bin/env python3
"""Small programs with one planted leak, and their good twins: who finds them?

usage: leak_variants.py [--builds gcc-O0,...] [--every N] [--no-peers] [-v]     (from the top folder)

Data structures x ways of losing them x builds.  The program itself counts its
planted blocks and tells at the end how many were never freed: the run-time
truth.  A judge finds a program's leak when it calls all of these definitely or
indirectly lost, and is wrong about a twin when it calls any block that.  Each
miss is told with what the judge said instead.  Exit status 1: a good twin was
accused, or recall is below LeakSanitizer's or more than two points below
memcheck's.
"""
import argparse
import collections
import concurrent.futures
import subprocess
import sys
import tempfile

from leak_judges import dagmem, leak_sanitizer, memcheck

HEAD = r"""
#include <pthread.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define FAR __attribute__((noinline))
static int left;
static FAR void *planted(size_t size)
{
	void *block = calloc(1, size);

	if (!block)
		abort();
	left++;
	__asm__ volatile("" : "+r"(block));
	return block;
}
static FAR void release(void *block)
{
	if (block)
		left--;
	free(block);
}
"""

# Each has a type T, build() and destroy().
STRUCTURES = {
    "block": "typedef struct { char text[60]; } T;"
             "static FAR T *build(void) { return planted(sizeof(T)); }"
             "static FAR void destroy(T *t) { release(t); }",
    "string": "typedef struct { char *name; int n; } T;"
              "static FAR T *build(void) { T *t = planted(sizeof *t); t->name = planted(24);"
              " strcpy(t->name, \"a name\"); return t; }"
              "static FAR void destroy(T *t) { release(t->name); release(t); }",
    "list": "typedef struct T { struct T *next; int n; } T;"
            "static FAR T *build(void) { T *head = NULL; for (int i = 0; i < 6; i++) {"
            " T *t = planted(sizeof *t); t->next = head; t->n = i; head = t; } return head; }"
            "static FAR void destroy(T *t) { while (t) { T *next = t->next; release(t); t = next; } }",
    "ring": "typedef struct T { struct T *next, *previous; } T;"
            "static FAR T *build(void) { T *head = planted(sizeof *head); head->next = head->previous = head;"
            " for (int i = 0; i < 4; i++) { T *t = planted(sizeof *t); t->next = head; t->previous = head->previous;"
            " head->previous->next = t; head->previous = t; } return head; }"
            "static FAR void destroy(T *head) { T *t = head->next; while (t != head) {"
            " T *next = t->next; release(t); t = next; } release(head); }",
    "tree": "typedef struct T { struct T *left, *right; } T;"
            "static FAR T *grow(int depth) { T *t = planted(sizeof *t); if (depth) {"
            " t->left = grow(depth - 1); t->right = grow(depth - 1); } return t; }"
            "static FAR T *build(void) { return grow(3); }"
            "static FAR void destroy(T *t) { if (!t) return; destroy(t->left); destroy(t->right); release(t); }",
    "table": "typedef struct E { struct E *next; char *key; } E; typedef struct { E **bucket; int size; } T;"
             "static FAR T *build(void) { T *t = planted(sizeof *t); t->size = 8;"
             " t->bucket = planted(8 * sizeof *t->bucket); for (int i = 0; i < 12; i++) {"
             " E *e = planted(sizeof *e); e->key = planted(16); e->next = t->bucket[i * 5 % 8];"
             " t->bucket[i * 5 % 8] = e; } return t; }"
             "static FAR void destroy(T *t) { for (int i = 0; i < t->size; i++)"
             " for (E *e = t->bucket[i]; e;) { E *next = e->next; release(e->key); release(e); e = next; }"
             " release(t->bucket); release(t); }",
    "array": "typedef struct { char **item; int count; } T;"
             "static FAR T *build(void) { T *t = planted(sizeof *t); t->count = 9;"
             " t->item = planted(9 * sizeof *t->item); for (int i = 0; i < 9; i++)"
             " t->item[i] = planted((size_t)(8 + 40 * i)); return t; }"
             "static FAR void destroy(T *t) { for (int i = 0; i < t->count; i++) release(t->item[i]);"
             " release(t->item); release(t); }",
    "parent": "typedef struct T { struct T *parent, *child[3]; } T;"
              "static FAR T *build(void) { T *t = planted(sizeof *t); for (int i = 0; i < 3; i++) {"
              " t->child[i] = planted(sizeof *t); t->child[i]->parent = t; } return t; }"
              "static FAR void destroy(T *t) { for (int i = 0; i < 3; i++) release(t->child[i]); release(t); }",
    "deque": "typedef struct { char ***chunk; int chunks; } T;"
             "static FAR T *build(void) { T *t = planted(sizeof *t); t->chunks = 3;"
             " t->chunk = planted(3 * sizeof *t->chunk); for (int i = 0; i < 3; i++) {"
             " t->chunk[i] = planted(512); t->chunk[i][63] = planted(24); t->chunk[i][i] = planted(40); } return t; }"
             "static FAR void destroy(T *t) { for (int i = 0; i < t->chunks; i++) { release(t->chunk[i][63]);"
             " release(t->chunk[i][i]); release(t->chunk[i]); } release(t->chunk); release(t); }",
    "flexible": "typedef struct { int n; char *name; struct { int kind; char *text; } field[]; } T;"
                "static FAR T *build(void) { T *t = planted(sizeof *t + 5 * sizeof t->field[0]); t->n = 5;"
                " t->name = planted(9); for (int i = 0; i < 5; i++) { t->field[i].kind = i;"
                " t->field[i].text = planted(3000); } return t; }"
                "static FAR void destroy(T *t) { for (int i = 0; i < t->n; i++) release(t->field[i].text);"
                " release(t->name); release(t); }",
}

# GOOD(t) frees what the leaky twin loses.
WAYS = {
    "forgotten": "static FAR void work(void) { T *t = build(); USE(t); GOOD(t); }",
    "result_ignored": "static FAR void work(void) { T *t = build(); (void)t; GOOD(t); }",
    "global_cleared": "static T *volatile held; static FAR void work(void) { held = build(); USE(held); GOOD(held); held = NULL; }",
    "global_overwritten": "static T *held; static FAR void work(void) { for (int i = 0; i < 3; i++) {"
                          " if (held) GOOD(held); held = build(); } destroy(held); held = NULL; }",
    "parent_freed": "struct owner { char pad[200]; T *t; }; static FAR void work(void) {"
                    " struct owner *o = malloc(sizeof *o); o->t = build(); USE(o); GOOD(o->t); free(o); }",
    "parent_cleared": "struct owner { T *t; char pad[88]; }; static FAR void work(void) {"
                      " struct owner *o = malloc(sizeof *o); o->t = build(); USE(o); GOOD(o->t);"
                      " memset(o, 0, sizeof *o); USE(o); free(o); }",
    "field_replaced": "struct owner { T *t; }; static FAR void work(void) {"
                      " struct owner *o = malloc(sizeof *o); o->t = build(); USE(o); GOOD(o->t);"
                      " o->t = build(); destroy(o->t); free(o); }",
    "error_path": "static FAR int parse(int wrong) { T *t = build(); USE(t); if (wrong) { GOOD(t); return -1; }"
                  " destroy(t); return 0; } static FAR void work(void) { parse(0); parse(1); }",
    "popped": "static T *stack[8]; static int depth; static FAR void work(void) {"
              " for (int i = 0; i < 4; i++) stack[depth++] = build();"
              " while (depth) { T *t = stack[--depth]; stack[depth] = NULL; if (depth) destroy(t); else GOOD(t); } }",
    "jumped_over": "static jmp_buf back; static FAR void deep(T *t) { USE(t); longjmp(back, 1); }"
                   "static FAR void work(void) { T *volatile t = NULL; if (!setjmp(back)) { t = build(); deep(t); }"
                   " GOOD(t); t = NULL; }",
    "recursion": "static FAR void down(int n) { char pad[64]; memset(pad, n, sizeof pad); USE(pad);"
                 " if (n) { down(n - 1); USE(pad); return; } T *t = build(); USE(t); GOOD(t); }"
                 "static FAR void work(void) { down(20); }",
    "thread_ended": "static FAR void *thread(void *x) { T *t = build(); USE(t); GOOD(t); return x; }"
                    "static FAR void work(void) { pthread_t id; pthread_create(&id, NULL, thread, NULL);"
                    " pthread_join(id, NULL); }",
    "thread_local": "static __thread T *mine; static FAR void *thread(void *x) { mine = build(); USE(mine);"
                    " GOOD(mine); return x; } static FAR void work(void) { pthread_t id;"
                    " pthread_create(&id, NULL, thread, NULL); pthread_join(id, NULL); }",
    "argument": "static FAR int take(T *t) { USE(t); return 1; } static FAR void work(void) {"
                " int got = take(build()); (void)got; GOOD_LAST }",
    "swapped": "static FAR void work(void) { T *a = build(), *b = build(); T *t = a; a = b; b = t; USE(a);"
               " USE(b); destroy(a); GOOD(b); }",
    "copied_struct": "struct owner { T *t; int n; }; static FAR struct owner make(void) {"
                     " struct owner o = { build(), 1 }; return o; } static FAR void work(void) {"
                     " struct owner o = make(), copy = o; USE(&copy); GOOD(copy.t); memset(&copy, 0, sizeof copy);"
                     " memset(&o, 0, sizeof o); USE(&o); USE(&copy); }",
    "array_shrunk": "static FAR void work(void) { T **a = malloc(8 * sizeof *a); for (int i = 0; i < 8; i++) a[i] = build();"
                    " USE(a); for (int i = 4; i < 8; i++) GOOD(a[i]); a = realloc(a, 4 * sizeof *a); USE(a);"
                    " for (int i = 0; i < 4; i++) destroy(a[i]); free(a); }",
    "queue_wrapped": "static T *queue[4]; static unsigned tail; static FAR void push(T *t) {"
                     " if (queue[tail % 4]) GOOD(queue[tail % 4]); queue[tail++ % 4] = t; }"
                     "static FAR void work(void) { for (int i = 0; i < 6; i++) push(build());"
                     " for (int i = 0; i < 4; i++) { destroy(queue[i]); queue[i] = NULL; } }",
    "thread_specific": "static pthread_key_t key; static FAR void *thread(void *x) { T *t = build();"
                       " pthread_setspecific(key, t); USE(t); GOOD(t); return x; } static FAR void work(void) {"
                       " pthread_t id; pthread_key_create(&key, NULL); pthread_create(&id, NULL, thread, NULL);"
                       " pthread_join(id, NULL); }",
    # Not lost, but held: nobody may call these leaks.  Without volatile the compiler drops the pointer.
    "held_by_global": "static T *volatile held; static FAR void work(void) { held = build(); USE(held); HELD(held); }",
    "held_at_exit": "static FAR void work(void) { T *volatile t = build(); USE(t); HELD(t); FINISH(t); }",
}
HELD = {"held_by_global": "global", "held_at_exit": "exit stack"}

TAIL = r"""
/* What comes after, as programs go on: on the stack where the pointers were. */
static FAR int rest(void)
{
	char line[256];
	int sum = snprintf(line, sizeof line, "%d %s %f", 42, "and so on", 1.5);

	for (int i = 0; i < sum; i++)
		sum += line[i] == ' ';
	return sum;
}
static FAR int end(void)
{
	fprintf(stderr, "truth %d\n", left);
	return 0;
}
int main(void)
{
	work();
	if (rest() < 0)
		return 1;
	return end();
}
"""

FLAGS = ["-D_GNU_SOURCE", "-g", "-fno-builtin", "-pthread", "-w"]


def source(structure, way, good):
    macros = ["#define USE(p) __asm__ volatile(\"\" : : \"r\"(p) : \"memory\")",
              f"#define GOOD(t) {'destroy(t)' if good else '(void)0'}",
              f"#define HELD(t) {'(destroy(t), (t) = NULL)' if good else '(void)0'}",
              "#define FINISH(t) do { fprintf(stderr, \"truth %d\\n\", left); exit(0); USE(t); } while (0)",
              f"#define GOOD_LAST {'destroy(last);' if good else ''}"]
    text = STRUCTURES[structure]
    if way == "argument":
        text += "static T *last; static FAR T *build_kept(void) { T *t = build(); " \
                + ("last = t;" if good else "") + " return t; }"
        return HEAD + "\n".join(macros) + "\n" + text + "\n" + WAYS[way].replace("build()", "build_kept()") + TAIL
    return HEAD + "\n".join(macros) + "\n" + text + "\n" + WAYS[way] + TAIL


def is_site(name):
    return name == "planted"


def lost(said):
    verdicts = said.get("planted", {})
    return sum(count for kind, count in verdicts.items() if kind in ("definite", "indirect"))


def judge_one(job):
    structure, way, build, good, peers = job
    compiler, level = build.split("-")
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/x.c", "w") as file:
            file.write(source(structure, way, good))
        subprocess.run([compiler, "-" + level, *FLAGS, "-o", f"{folder}/x", f"{folder}/x.c"], check=True)
        run = subprocess.run([f"{folder}/x"], capture_output=True, timeout=60)
        truth = int(run.stderr.split()[1])
        said = {"dagmem": dagmem(f"{folder}/x", [], is_site)}
        if peers:
            subprocess.run([compiler, "-" + level, *FLAGS, "-fsanitize=leak", "-o", f"{folder}/s",
                            f"{folder}/x.c"], check=True)
            said["LeakSanitizer"] = leak_sanitizer(f"{folder}/s", [], is_site)
            if not good:
                said["memcheck"] = memcheck(f"{folder}/x", [], is_site)
    return job, truth, said


class Score:
    def __init__(self):
        self.programs = self.twins = 0
        self.found = collections.Counter()
        self.accused = collections.Counter()
        self.held = collections.Counter()
        self.held_programs = 0
        self.misses = collections.defaultdict(list)

    def add(self, job, truth, said):
        _, way, _, good, _ = job
        if good:
            assert truth == 0, job
            self.twins += 1
        elif way in HELD:
            self.held_programs += 1
            self.held["dagmem"] += said["dagmem"].get("planted") == {f"reachable ({HELD[way]})": truth}
        else:
            assert truth > 0, job
            self.programs += 1
        for judge, verdicts in said.items():
            if good or way in HELD:
                self.accused[judge] += lost(verdicts) > 0
            elif lost(verdicts) >= truth:
                self.found[judge] += 1
            else:
                instead = {k: v for k, v in verdicts.get("planted", {}).items()
                           if k not in ("definite", "indirect")}
                self.misses[judge].append((job[:3], truth, lost(verdicts), instead))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--builds", default="gcc-O0,gcc-O2,clang-O0,clang-O2")
    parser.add_argument("--every", type=int, default=1, help="only every N-th program")
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("-v", action="store_true", help="tell each miss")
    options = parser.parse_args()
    bad = False
    print("| build | programs | dagmem | LeakSanitizer | memcheck | twins accused: dagmem, LSan | held ones named |")
    print("|---|---|---|---|---|---|---|")
    for build in options.builds.split(","):
        jobs = [(structure, way, build, good, not options.no_peers)
                for structure in STRUCTURES for way in WAYS for good in (False, True)][::options.every]
        score = Score()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            for result in pool.map(judge_one, jobs):
                score.add(*result)
        share = {judge: score.found[judge] / max(1, score.programs) for judge in ("dagmem", "LeakSanitizer", "memcheck")}
        print(f"| {build} | {score.programs} | " + " | ".join(f"{share[j]:.3f}" for j in share) +
              f" | {score.accused['dagmem']}, {score.accused['LeakSanitizer']} of {score.twins + score.held_programs}"
              f" | {score.held['dagmem']} of {score.held_programs} |", flush=True)
        for judge, misses in score.misses.items() if options.v else ():
            for (structure, way, _), truth, found, instead in misses:
                print(f"  {judge}: {structure} {way}: {found} of {truth}, the others {instead or 'not told'}")
        bad |= score.accused["dagmem"] > 0
        if not options.no_peers:
            bad |= share["dagmem"] < share["LeakSanitizer"] or share["dagmem"] < share["memcheck"] - 0.02
    sys.exit(bad)


if __name__ == "__main__":
    main()
