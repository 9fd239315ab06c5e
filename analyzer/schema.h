/*
 * schema: the text of schema.sql, carried in the program.
 */
#ifndef DAGMEM_ANALYZER_SCHEMA_H
#define DAGMEM_ANALYZER_SCHEMA_H

enum {
	SCHEMA_APPLICATION_ID = 0x6461676d,     /* "dagm": PRAGMA application_id */
	SCHEMA_VERSION = 7,                     /* PRAGMA user_version */
};

extern const char schema_sql[];

#endif
