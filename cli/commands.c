/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every command and filter of mvctl: one row each, nothing but data. The first row
 * that uses a word at some place carries its help; later rows repeat only the word.
 * A new show command is a row here and a view in views.c.
 */
#include "commands.h"

#include "args.h"
#include "session.h"
#include "views.h"

/* The words of a row: keywords and arguments, and such of an optional group. */
#define KEY(t, h)                                                                        \
	{                                                                                \
		.text = t, .help = h                                                     \
	}
#define SEEN(t)                                                                          \
	{                                                                                \
		.text = t                                                                \
	}
#define ARG(t, h, a)                                                                     \
	{                                                                                \
		.text = t, .help = h, .arg = &(a)                                        \
	}
#define OPT_KEY(g, t, h)                                                                 \
	{                                                                                \
		.text = t, .help = h, .opt = g                                           \
	}
#define OPT_UINT(g, t, h, l, u)                                                          \
	{                                                                                \
		.text = t, .help = h, .arg = &arg_uint, .opt = g, .min = l, .max = u     \
	}

#define SHOW(first, word, show_help, view)                                               \
	{                                                                                \
		.words = {first, KEY(word, show_help)}, .run = cmd_show,                 \
		.data = &(view), .modes = MODE_EXEC, .pipe = PIPE_TEXT | PIPE_JSON,      \
	}

static const struct command commands[] = {
	SHOW(KEY("show", "Show what the platform is and does"), "version",
	     "Versions, process and limits of the daemon", view_version),
	SHOW(SEEN("show"), "nics", "NICs: link, source and counters", view_nics),
	SHOW(SEEN("show"), "devices", "Virtual devices: members, NFs and counters",
	     view_devices),
	SHOW(SEEN("show"), "nfs", "Network functions: state, heartbeat and counters",
	     view_nfs),
	SHOW(SEEN("show"), "rings", "Descriptor rings: size, use and losses", view_rings),
	SHOW(SEEN("show"), "buffers", "Who holds the packet buffers", view_buffers),
	SHOW(SEEN("show"), "counters", "All counters, and the reason of every drop",
	     view_counters),
	{
		.words = {KEY("watch", "Show live rates until q is typed"),
			  KEY("counters", "Rates of NICs, devices and NFs"),
			  OPT_KEY(1, "interval", "Time between two readings"),
			  OPT_UINT(1, "SECONDS", "Seconds", 1, 3600),
			  OPT_KEY(2, "count", "Stop by itself"),
			  OPT_UINT(2, "NUMBER", "Number of readings to show", 1,
				   1000000)},
		.run = cmd_watch,
		.modes = MODE_EXEC,
		.pipe = PIPE_JSON,
	},
	{
		.words = {KEY("reload", "Read the daemon's configuration file again")},
		.run = cmd_reload,
		.modes = MODE_EXEC,
		.pipe = PIPE_TEXT | PIPE_JSON,
	},
	{
		.words = {KEY("help", "List all commands, filters and keys")},
		.run = cmd_help,
		.pipe = PIPE_TEXT,
	},
	{.words = {KEY("exit", "Leave the shell")}, .run = cmd_exit},
	{.words = {KEY("quit", "Leave the shell")}, .run = cmd_exit},
};

#define RE ARG("RE", "Regular expression", arg_regex)

static const struct command filters[] = {
	{
		.words = {KEY("begin", "From the first line that matches"), RE},
		.id = FILTER_BEGIN,
		.pipe = PIPE_TEXT,
	},
	{
		.words = {KEY("count", "Only the number of lines")},
		.id = FILTER_COUNT,
		.pipe = PIPE_TEXT,
	},
	{
		.words = {KEY("exclude", "Only lines that do not match"), RE},
		.id = FILTER_EXCLUDE,
		.pipe = PIPE_TEXT,
	},
	{
		.words = {KEY("include", "Only lines that match"), RE},
		.id = FILTER_INCLUDE,
		.pipe = PIPE_TEXT,
	},
	{
		.words = {KEY("json", "The daemon's answer as JSON")},
		.id = FILTER_JSON,
		.pipe = PIPE_JSON,
	},
};

const struct grammar mvctl_grammar = {
	.commands = commands,
	.n_commands = sizeof(commands) / sizeof(commands[0]),
	.filters = filters,
	.n_filters = sizeof(filters) / sizeof(filters[0]),
};
