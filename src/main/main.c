/* imugi: where the process begins.
 * SPDX-License-Identifier: MIT */
#include "main/main.h"

int main(int argc, char **argv) { return im_main(argc, argv); }
