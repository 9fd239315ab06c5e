#include "analyzer/symbols.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/debug_files.h"
#include "analyzer/demangle.h"
#include "analyzer/symbol_table.h"
#include "analyzer/dwarf_units.h"
#include "analyzer/variable_member.h"
#include "analyzer/variables.h"
#include "base/intern.h"
#include "base/text.h"

struct symbols {
	enum symbols_quality quality;
	Dwfl *dwfl;                     /* NULL: nothing usable was found */
	Dwfl_Module *module;
	GElf_Addr elf_bias;             /* libdwfl's address less the file's */
	Dwarf_Addr dwarf_bias;          /* libdwfl's address less the debug information's */
	struct symbol_table *table;
	struct dwarf_units *units;            /* NULL: no debug information */
	Dwarf *dwarf;
	struct variables *variables;    /* made when first asked for */
	struct arena arena;
	struct intern texts;            /* demangled names, joined paths */
	struct map name_of;             /* linker's name, by its address, to `texts` */
	struct symbols_frame frames[DWARF_UNITS_DEPTH_MAX];
};

/* libdwfl's own search, kept from the network. */
static int find_debug_file(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			   const char *file, const char *debuglink, GElf_Word crc, char **found)
{
	const char *urls = getenv("DEBUGINFOD_URLS");
	char *kept = urls ? strdup(urls) : NULL;

	unsetenv("DEBUGINFOD_URLS");
	int fd = dwfl_standard_find_debuginfo(module, userdata, name, base, file, debuglink, crc,
					      found);

	if (kept)
		setenv("DEBUGINFOD_URLS", kept, 1);
	free(kept);
	return fd;
}

static const Dwfl_Callbacks local_files = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = find_debug_file,
	.section_address = dwfl_offline_section_address,
};

static const Dwfl_Callbacks local_and_remote_files = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

static void close_file(struct symbols *symbols)
{
	if (symbols->dwfl)
		dwfl_end(symbols->dwfl);
	symbols->dwfl = NULL;
	symbols->module = NULL;
}

static bool open_file(struct symbols *symbols, const char *path, bool debuginfod)
{
	struct stat status;

	if (stat(path, &status) || !S_ISREG(status.st_mode))
		return false;
	symbols->dwfl = dwfl_begin(debuginfod ? &local_and_remote_files : &local_files);
	if (!symbols->dwfl)
		return false;
	symbols->module = dwfl_report_offline(symbols->dwfl, path, path, -1);
	dwfl_report_end(symbols->dwfl, NULL, NULL);
	if (symbols->module && dwfl_module_getelf(symbols->module, &symbols->elf_bias))
		return true;
	close_file(symbols);
	return false;
}

/* Two files are of one build when their build-ids say so, or neither has one. */
static bool is_build(const struct symbols *symbols, const struct symbols_request *request)
{
	const unsigned char *bits;
	GElf_Addr address;
	int bytes = dwfl_module_build_id(symbols->module, &bits, &address);

	if (bytes <= 0)
		return request->build_id_bytes == 0;
	return (size_t)bytes == request->build_id_bytes &&
	       memcmp(bits, request->build_id, request->build_id_bytes) == 0;
}

static bool open_build(struct symbols *symbols, const char *path,
		       const struct symbols_request *request)
{
	if (!open_file(symbols, path, request->debuginfod))
		return false;
	if (is_build(symbols, request))
		return true;
	close_file(symbols);
	symbols->quality = SYMBOLS_REBUILT;
	return false;
}

/* The separate debug file also serves alone, when the module's own file is gone. */
static bool open_any(struct symbols *symbols, const struct symbols_request *request)
{
	const char *module = debug_files_module(request, &symbols->arena);
	const char *separate = debug_files_by_build_id(request, &symbols->arena);

	if (open_build(symbols, request->path, request))
		return true;
	if (module && strcmp(module, request->path) != 0 && request->build_id_bytes &&
	    open_build(symbols, module, request))
		return true;
	return separate && open_build(symbols, separate, request);
}

static bool read_tables(struct symbols *symbols)
{
	Dwarf *dwarf = dwfl_module_getdwarf(symbols->module, &symbols->dwarf_bias);

	symbols->dwarf = dwarf;
	if (dwarf) {
		symbols->units = dwarf_units_new(dwarf);
		if (!symbols->units)
			return false;
	}
	symbols->table = symbol_table_new(symbols->module);
	if (!symbols->table)
		return false;
	if (dwarf)
		symbols->quality = SYMBOLS_LINES;
	else
		symbols->quality = symbol_table_count(symbols->table) ? SYMBOLS_NAMES : SYMBOLS_MISSING;
	return true;
}

struct symbols *symbols_open(const struct symbols_request *request)
{
	struct symbols *symbols = calloc(1, sizeof *symbols);

	if (!symbols)
		return NULL;
	symbols->quality = SYMBOLS_MISSING;
	symbols->texts = (struct intern)INTERN_INIT(&symbols->arena);
	if (!open_any(symbols, request) || read_tables(symbols))
		return symbols;
	symbols_close(symbols);
	return NULL;
}

void symbols_close(struct symbols *symbols)
{
	if (!symbols)
		return;
	dwarf_units_free(symbols->units);
	variables_free(symbols->variables);
	symbol_table_free(symbols->table);
	close_file(symbols);
	intern_release(&symbols->texts);
	map_release(&symbols->name_of);
	arena_release(&symbols->arena);
	free(symbols);
}

enum symbols_quality symbols_quality(const struct symbols *symbols)
{
	return symbols->quality;
}

/* Each linker's name is demangled once; the tables' strings have fixed addresses. */
static const char *demangled(struct symbols *symbols, const char *name)
{
	if (!name)
		return NULL;
	struct map_key key = { (uintptr_t)name, 0 };
	uint32_t number = map_get(&symbols->name_of, key);

	if (number == MAP_NONE) {
		char *readable = demangle(name);

		number = intern_add(&symbols->texts, readable ? readable : name);
		free(readable);
		if (number != MAP_NONE)
			map_add(&symbols->name_of, key, number);
	}
	const char *text = intern_text(&symbols->texts, number);

	return text ? text : name;
}

static const char *string_of(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute value;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute, &value));
}

static const char *function_name(struct symbols *symbols, Dwarf_Die *function)
{
	const char *name = string_of(function, DW_AT_linkage_name);

	if (!name)
		name = string_of(function, DW_AT_MIPS_linkage_name);
	return name ? demangled(symbols, name) : dwarf_diename(function);
}

static uint32_t number_of(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute value;
	Dwarf_Word number;

	if (dwarf_formudata(dwarf_attr(die, attribute, &value), &number) || number > UINT32_MAX)
		return 0;
	return (uint32_t)number;
}

/* The full path of `file`, which the compiler was perhaps given from the folder it ran in. */
static const char *full_path(struct symbols *symbols, Dwarf_Die *unit, const char *file)
{
	const char *folder = file && file[0] != '/' ? string_of(unit, DW_AT_comp_dir) : NULL;
	const char *kept = NULL;
	struct text path;

	if (!folder || folder[0] != '/')
		return file;
	text_init(&path);
	text_printf(&path, "%s/%s", folder, file);
	if (!text_failed(&path))
		kept = intern_text(&symbols->texts, intern_add(&symbols->texts, path.data));
	text_release(&path);
	return kept ? kept : file;
}

/* Where `inlined` was called from, in the function around it. */
static void call_place(struct symbols *symbols, Dwarf_Die *unit, Dwarf_Die *inlined,
		       struct symbols_frame *frame)
{
	Dwarf_Files *files;
	size_t count;

	frame->line = number_of(inlined, DW_AT_call_line);
	if (frame->line && dwarf_getsrcfiles(unit, &files, &count) == 0)
		frame->file = full_path(symbols, unit,
					dwarf_filesrc(files, number_of(inlined, DW_AT_call_file),
						      NULL, NULL));
	if (!frame->file)
		frame->line = 0;
}

/* Line 0 is the compiler's own code: then the line where the function begins. */
static void code_place(struct symbols *symbols, struct dwarf_units_place *place,
		       Dwarf_Addr address, struct symbols_frame *frame)
{
	Dwarf_Line *line = dwarf_getsrc_die(&place->unit, address);
	int number = 0;

	if (line && dwarf_lineno(line, &number) == 0 && number > 0)
		frame->file = dwarf_linesrc(line, NULL, NULL);
	if (!frame->file && place->depth) {
		Dwarf_Die *function = &place->function[place->depth - 1];

		if (dwarf_decl_line(function, &number) == 0 && number > 0)
			frame->file = dwarf_decl_file(function);
	}
	frame->file = full_path(symbols, &place->unit, frame->file);
	frame->line = frame->file ? (uint32_t)number : 0;
}

static size_t debug_frames(struct symbols *symbols, GElf_Addr address)
{
	struct dwarf_units_place place;
	Dwarf_Addr in_dwarf = address - symbols->dwarf_bias;

	if (!symbols->units || !dwarf_units_find(symbols->units, in_dwarf, &place))
		return 0;
	size_t count = place.depth ? place.depth : 1;

	for (size_t i = 0; i < count; i++) {
		struct symbols_frame *frame = &symbols->frames[i];

		*frame = (struct symbols_frame){ .inlined = i + 1 < place.depth };
		if (place.depth)
			frame->function = function_name(symbols, &place.function[place.depth - 1 - i]);
		if (i == 0)
			code_place(symbols, &place, in_dwarf, frame);
		else
			call_place(symbols, &place.unit, &place.function[place.depth - i], frame);
	}
	return count;
}

size_t symbols_frames(struct symbols *symbols, uint64_t address,
		      const struct symbols_frame **frames)
{
	GElf_Addr in_module = address + symbols->elf_bias;
	size_t count = symbols->dwfl ? debug_frames(symbols, in_module) : 0;

	*frames = symbols->frames;
	if (!count) {
		symbols->frames[0] = (struct symbols_frame){ .line = 0 };
		count = 1;
	}
	struct symbols_frame *outermost = &symbols->frames[count - 1];

	if (!outermost->function && symbols->dwfl)
		outermost->function = demangled(symbols,
						symbol_table_find(symbols->table, in_module));
	return count;
}

/* Copies of a library's variables in the program are called name@VERSION. */
static const char *without_version(struct symbols *symbols, const char *name)
{
	const char *at = strchr(name, '@');
	char *plain = at && at > name ? arena_strndup(&symbols->arena, name, (size_t)(at - name)) : NULL;

	return plain ? plain : name;
}

/* Without type ".table" can't be said: the offset alone has to do. */
static const char *member_of(struct symbols *symbols, struct variable *variable)
{
	const char *kept = NULL;
	struct text member;

	if (!variable->die.addr)
		return NULL;
	text_init(&member);
	variable_member_add(&member, &variable->die, variable->offset);
	if (!text_failed(&member) && member.data && member.data[0])
		kept = intern_text(&symbols->texts, intern_add(&symbols->texts, member.data));
	text_release(&member);
	return kept;
}

static void describe(struct symbols *symbols, struct variable *found, struct symbols_variable *variable)
{
	*variable = (struct symbols_variable){
		.name = demangled(symbols, without_version(symbols, found->name)),
		.file = full_path(symbols, &found->unit, found->file),
		.line = found->line, .offset = found->offset,
		.bytes = found->bytes, .member = member_of(symbols, found),
	};
}

static struct variables *variables_of(struct symbols *symbols)
{
	if (symbols->dwfl && !symbols->variables)
		symbols->variables = variables_new(symbols->module, symbols->dwarf, symbols->dwarf_bias);
	return symbols->variables;
}

bool symbols_variable(struct symbols *symbols, uint64_t address, struct symbols_variable *variable)
{
	struct variables *variables = variables_of(symbols);
	struct variable found;

	if (!variables || !variables_find(variables, address + symbols->elf_bias, &found))
		return false;
	describe(symbols, &found, variable);
	return true;
}

bool symbols_thread_local(struct symbols *symbols, uint64_t offset, struct symbols_variable *variable)
{
	struct variables *variables = variables_of(symbols);
	struct variable found;

	if (!variables || !variables_find_local(variables, offset, &found))
		return false;
	describe(symbols, &found, variable);
	return true;
}
