# SPDX-License-Identifier: BSD-3-Clause
#
# mvctl, the shell: a library, so that unit tests link it, and a main.

noinst_LIBRARIES += cli/libcli.a
cli_libcli_a_SOURCES = \
	cli/args.c \
	cli/args.h \
	cli/cell.c \
	cli/cell.h \
	cli/client.c \
	cli/client.h \
	cli/commands.c \
	cli/commands.h \
	cli/engine.c \
	cli/engine.h \
	cli/explain.c \
	cli/explain.h \
	cli/history.c \
	cli/history.h \
	cli/interrupt.c \
	cli/interrupt.h \
	cli/lex.c \
	cli/lex.h \
	cli/output.c \
	cli/output.h \
	cli/pipe.c \
	cli/pipe.h \
	cli/rates.c \
	cli/rates.h \
	cli/screen.c \
	cli/screen.h \
	cli/session.c \
	cli/session.h \
	cli/shell.c \
	cli/shell.h \
	cli/text.c \
	cli/text.h \
	cli/version.h \
	cli/views.c \
	cli/views.h \
	cli/watch.c
CLI_LIBS = cli/libcli.a $(JANSSON_LIBS) $(LIBEDIT_LIBS)

bin_PROGRAMS += cli/mvctl
cli_mvctl_SOURCES = cli/main.c
cli_mvctl_LDADD = $(CLI_LIBS)
