"""Source: C functions from a small random grammar, as work for a compiler.

No large C program is on every machine.  Expressions, loops, switches, structs
and calls nest at random, so that the compiler's own recursion does, and its
allocations come from as many different stacks as with a written program.
"""
import random

TYPES = ["int", "long", "unsigned", "double", "short"]


class Writer:
    """Writes one function after the other; knows which it may call."""

    def __init__(self, out, seed):
        self.out = out
        self.chance = random.Random(seed)
        self.functions = []     # (name, number of parameters)
        self.locals = []

    def expression(self, depth):
        kind = self.chance.randrange(9 if depth > 0 else 3)
        if kind == 0:
            return str(self.chance.randrange(1, 1000))
        if kind == 1:
            return self.chance.choice(self.locals)
        if kind == 2:
            return f"state->{self.chance.choice('abcd')}"
        if kind == 3 and self.functions:
            name, parameters = self.chance.choice(self.functions[-20:])
            given = ", ".join(self.expression(depth - 2) for _ in range(parameters))
            return f"{name}(state{', ' if given else ''}{given})"
        if kind == 4:
            return (f"({self.expression(depth - 1)} {self.chance.choice(['<', '==', '>='])}"
                    f" {self.expression(depth - 1)} ? {self.expression(depth - 1)}"
                    f" : {self.expression(depth - 1)})")
        if kind == 5:
            return f"table[(unsigned)({self.expression(depth - 1)}) % 64]"
        if kind == 6:
            return f"(int)strlen(names[(unsigned)({self.expression(depth - 1)}) % 4])"
        return f"({self.expression(depth - 1)} {self.chance.choice('+-*+-')} {self.expression(depth - 1)})"

    def block(self, depth, indent):
        return "".join(self.statement(depth, indent) for _ in range(self.chance.randrange(1, 4)))

    def statement(self, depth, indent):
        tab = "\t" * indent
        kind = self.chance.randrange(7 if depth > 0 else 3)
        if kind <= 1:
            return f"{tab}{self.chance.choice(self.locals)} += {self.expression(3)};\n"
        if kind == 2:
            return f"{tab}table[(unsigned)({self.expression(2)}) % 64] = {self.expression(2)};\n"
        if kind == 3:
            return (f"{tab}if ({self.expression(2)}) {{\n{self.block(depth - 1, indent + 1)}"
                    f"{tab}}} else {{\n{self.block(depth - 1, indent + 1)}{tab}}}\n")
        if kind == 4:
            return (f"{tab}for (int i{indent} = 0; i{indent} < {self.chance.randrange(3, 40)}; i{indent}++) {{\n"
                    f"{self.block(depth - 1, indent + 1)}{tab}\tstate->a ^= i{indent};\n{tab}}}\n")
        if kind == 5:
            cases = "".join(f"{tab}case {n}:\n{self.block(depth - 1, indent + 1)}{tab}\tbreak;\n"
                            for n in range(self.chance.randrange(2, 7)))
            return f"{tab}switch ((unsigned)({self.expression(2)}) % 8) {{\n{cases}{tab}}}\n"
        return f'{tab}printf("%s %d\\n", names[{self.chance.randrange(4)}], (int)({self.expression(2)}));\n'

    def function(self, number):
        parameters = self.chance.randrange(4)
        self.locals = [f"p{n}" for n in range(parameters)] + ["x", "y", "z"]
        declared = "".join(f", {self.chance.choice(TYPES)} p{n}" for n in range(parameters))
        self.out.write(f"{'static ' if number % 3 == 0 else ''}long f{number}(struct state *state{declared})\n{{\n"
                       f"\tlong x = {number};\n\t{self.chance.choice(TYPES)} y = x * 3;\n\tint z = 1;\n\n"
                       f"{self.block(2, 1)}{self.block(2, 1)}\treturn x + (long)y + z;\n}}\n\n")
        self.functions.append((f"f{number}", parameters))


def write_c_source(out, functions):
    """Write a C file of `functions` functions to the text file `out`."""
    for header in ("math", "pthread", "stdio", "stdlib", "string", "time", "unistd", "sys/socket"):
        out.write(f"#include <{header}.h>\n")
    out.write('\nstruct state { int a; long b; double c; short d; };\n'
              'static long table[64];\n'
              'static const char *const names[4] = { "a", "bc", "def", "ghij" };\n\n')
    writer = Writer(out, functions)
    for number in range(functions):
        writer.function(number)
    out.write("const long *all(void)\n{\n\treturn table;\n}\n")
