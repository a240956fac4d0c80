/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The version of mvctl. The build gives it; a compiler run by hand need not.
 */
#ifndef MVMP_CLI_VERSION_H
#define MVMP_CLI_VERSION_H

#ifndef MVMP_VERSION
#define MVMP_VERSION "unversioned"
#endif

#endif
