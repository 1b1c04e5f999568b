/* Properties that characters had in Unicode 3.2, where they differ from today's.
 * SPDX-License-Identifier: MIT */
#ifndef IM_MODULES_UNICODEDATA_3_2_H
#define IM_MODULES_UNICODEDATA_3_2_H

#include <stdint.h>

#define SAME -2
/* First and last character; category, bidirectional class, width, mirrored (numbers as in ImUcRecord; -1: as today); decimal and numeric value (-1: none). */
static const struct { uint32_t from, to; int8_t category, bidi, eaw, mirrored; int16_t decimal; double numeric; } uc_changes_3_2[] = {
    {0x2b,0x2b,-1,11,-1,-1,SAME,SAME},{0x2d,0x2d,-1,11,-1,-1,SAME,SAME},{0x2f,0x2f,-1,10,-1,-1,SAME,SAME},{0xa7,0xa7,29,-1,-1,-1,SAME,SAME},
    {0xaa,0xaa,2,-1,-1,-1,SAME,SAME},{0xad,0xad,20,19,-1,-1,SAME,SAME},{0xb2,0xb2,-1,-1,-1,-1,2,SAME},{0xb3,0xb3,-1,-1,-1,-1,3,SAME},
    {0xb6,0xb6,29,-1,-1,-1,SAME,SAME},{0xb9,0xb9,-1,-1,-1,-1,1,SAME},{0xba,0xba,2,-1,-1,-1,SAME,SAME},{0x294,0x294,2,-1,-1,-1,SAME,SAME},
    {0x2b9,0x2ba,28,-1,-1,-1,SAME,SAME},{0x2c6,0x2cf,28,-1,-1,-1,SAME,SAME},{0x2ec,0x2ec,28,-1,-1,-1,SAME,SAME},{0x374,0x374,28,-1,-1,-1,SAME,SAME},
    {0x5be,0x5be,25,-1,-1,-1,SAME,SAME},{0x6dd,0x6dd,-1,5,-1,-1,SAME,SAME},{0x6de,0x6de,6,14,-1,-1,SAME,SAME},{0x70f,0x70f,-1,15,-1,-1,SAME,SAME},
    {0x9f4,0x9f4,-1,-1,-1,-1,SAME,1},{0x9f5,0x9f5,-1,-1,-1,-1,SAME,2},{0x9f6,0x9f6,-1,-1,-1,-1,SAME,3},{0x9f7,0x9f7,-1,-1,-1,-1,SAME,4},
    {0x9f8,0x9f8,-1,-1,-1,-1,SAME,-1},{0xcbf,0xcbf,-1,14,-1,-1,SAME,SAME},{0xcc6,0xcc6,-1,14,-1,-1,SAME,SAME},{0xf14,0xf14,29,-1,-1,-1,SAME,SAME},
    {0xf3a,0xf3d,-1,-1,-1,0,SAME,SAME},{0x10d0,0x10f8,18,-1,-1,-1,SAME,SAME},{0x1369,0x1369,7,-1,-1,-1,1,SAME},{0x136a,0x136a,7,-1,-1,-1,2,SAME},
    {0x136b,0x136b,7,-1,-1,-1,3,SAME},{0x136c,0x136c,7,-1,-1,-1,4,SAME},{0x136d,0x136d,7,-1,-1,-1,5,SAME},{0x136e,0x136e,7,-1,-1,-1,6,SAME},
    {0x136f,0x136f,7,-1,-1,-1,7,SAME},{0x1370,0x1370,7,-1,-1,-1,8,SAME},{0x1371,0x1371,7,-1,-1,-1,9,SAME},{0x13a0,0x13f4,18,-1,-1,-1,SAME,SAME},
    {0x166d,0x166d,25,-1,-1,-1,SAME,SAME},{0x169b,0x169c,-1,-1,-1,0,SAME,SAME},{0x1734,0x1734,4,14,-1,-1,SAME,SAME},{0x17b4,0x17b5,5,1,-1,-1,SAME,SAME},
    {0x1885,0x1886,18,1,-1,-1,SAME,SAME},{0x200b,0x200b,10,-1,-1,-1,SAME,SAME},{0x202f,0x202f,-1,18,-1,-1,SAME,SAME},
    {0x2044,0x2044,-1,19,-1,-1,SAME,SAME},{0x2070,0x2070,-1,-1,-1,-1,0,SAME},{0x2071,0x2071,2,-1,-1,-1,SAME,SAME},{0x2074,0x2074,-1,-1,-1,-1,4,SAME},
    {0x2075,0x2075,-1,-1,-1,-1,5,SAME},{0x2076,0x2076,-1,-1,-1,-1,6,SAME},{0x2077,0x2077,-1,-1,-1,-1,7,SAME},{0x2078,0x2078,-1,-1,-1,-1,8,SAME},
    {0x2079,0x2079,-1,-1,-1,-1,9,SAME},{0x207a,0x207b,-1,11,-1,-1,SAME,SAME},{0x207f,0x207f,2,-1,-1,-1,SAME,SAME},{0x2080,0x2080,-1,-1,-1,-1,0,SAME},
    {0x2081,0x2081,-1,-1,-1,-1,1,SAME},{0x2082,0x2082,-1,-1,-1,-1,2,SAME},{0x2083,0x2083,-1,-1,-1,-1,3,SAME},{0x2084,0x2084,-1,-1,-1,-1,4,SAME},
    {0x2085,0x2085,-1,-1,-1,-1,5,SAME},{0x2086,0x2086,-1,-1,-1,-1,6,SAME},{0x2087,0x2087,-1,-1,-1,-1,7,SAME},{0x2088,0x2088,-1,-1,-1,-1,8,SAME},
    {0x2089,0x2089,-1,-1,-1,-1,9,SAME},{0x208a,0x208b,-1,11,-1,-1,SAME,SAME},{0x2118,0x2118,29,-1,-1,-1,SAME,SAME},{0x2132,0x2132,29,19,-1,-1,SAME,SAME},
    {0x2183,0x2183,8,-1,-1,-1,SAME,SAME},{0x2212,0x2212,-1,11,-1,-1,SAME,SAME},{0x2308,0x230b,26,-1,-1,-1,SAME,SAME},{0x231a,0x231b,-1,-1,0,-1,SAME,SAME},
    {0x23b4,0x23b4,21,-1,-1,-1,SAME,SAME},{0x23b5,0x23b5,22,-1,-1,-1,SAME,SAME},{0x23b6,0x23b6,25,-1,-1,-1,SAME,SAME},
    {0x2460,0x2487,-1,9,-1,-1,SAME,SAME},{0x24ea,0x24ea,-1,9,-1,-1,SAME,SAME},{0x25fd,0x25fe,-1,-1,0,-1,SAME,SAME},{0x2648,0x2653,-1,-1,0,-1,SAME,SAME},
    {0x2800,0x28ff,-1,19,-1,-1,SAME,SAME},{0x29a1,0x29a1,-1,-1,-1,1,SAME,SAME},{0x302e,0x302f,4,14,-1,-1,SAME,SAME},{0x30fb,0x30fb,19,-1,-1,-1,SAME,SAME},
    {0x3405,0x3405,-1,-1,-1,-1,SAME,-1},{0x3483,0x3483,-1,-1,-1,-1,SAME,-1},{0x382a,0x382a,-1,-1,-1,-1,SAME,-1},{0x3b4d,0x3b4d,-1,-1,-1,-1,SAME,-1},
    {0x4e24,0x4e24,-1,-1,-1,-1,SAME,-1},{0x4e96,0x4e96,-1,-1,-1,-1,SAME,-1},{0x4ec0,0x4ec0,-1,-1,-1,-1,SAME,-1},{0x4ee8,0x4ee8,-1,-1,-1,-1,SAME,-1},
    {0x4fe9,0x4fe9,-1,-1,-1,-1,SAME,-1},{0x5006,0x5006,-1,-1,-1,-1,SAME,-1},{0x5146,0x5146,-1,-1,-1,-1,SAME,1000000000000},
    {0x5344,0x5344,-1,-1,-1,-1,SAME,-1},{0x534c,0x534c,-1,-1,-1,-1,SAME,-1},{0x53c4,0x53c4,-1,-1,-1,-1,SAME,-1},{0x5793,0x5793,-1,-1,-1,-1,SAME,1e+20},
    {0x5e7a,0x5e7a,-1,-1,-1,-1,SAME,-1},{0x5efe,0x5efe,-1,-1,-1,-1,SAME,-1},{0x62d0,0x62d0,-1,-1,-1,-1,SAME,-1},{0x6d1e,0x6d1e,-1,-1,-1,-1,SAME,-1},
    {0x6f06,0x6f06,-1,-1,-1,-1,SAME,-1},{0x7695,0x7695,-1,-1,-1,-1,SAME,-1},{0x79ed,0x79ed,-1,-1,-1,-1,SAME,-1},{0x8cb3,0x8cb3,-1,-1,-1,-1,SAME,-1},
    {0x920e,0x920e,-1,-1,-1,-1,SAME,-1},{0x94a9,0x94a9,-1,-1,-1,-1,SAME,-1},{0x9621,0x9621,-1,-1,-1,-1,SAME,-1},{0xa015,0xa015,18,-1,-1,-1,SAME,SAME},
    {0xf96b,0xf96b,-1,-1,-1,-1,SAME,-1},{0xf973,0xf973,-1,-1,-1,-1,SAME,-1},{0xf978,0xf978,-1,-1,-1,-1,SAME,-1},{0xf9b2,0xf9b2,-1,-1,-1,-1,SAME,-1},
    {0xf9d1,0xf9d1,-1,-1,-1,-1,SAME,-1},{0xf9d3,0xf9d3,-1,-1,-1,-1,SAME,-1},{0xf9fd,0xf9fd,-1,-1,-1,-1,SAME,-1},{0xfb29,0xfb29,-1,11,-1,-1,SAME,SAME},
    {0xfd3e,0xfd3e,21,-1,-1,-1,SAME,SAME},{0xfd3f,0xfd3f,22,-1,-1,-1,SAME,SAME},{0xfe59,0xfe5e,-1,-1,-1,0,SAME,SAME},
    {0xfe62,0xfe63,-1,11,-1,-1,SAME,SAME},{0xfe64,0xfe65,-1,-1,-1,0,SAME,SAME},{0xff0b,0xff0b,-1,11,-1,-1,SAME,SAME},
    {0xff0d,0xff0d,-1,11,-1,-1,SAME,SAME},{0xff0f,0xff0f,-1,10,-1,-1,SAME,SAME},{0xff65,0xff65,19,-1,-1,-1,SAME,SAME},
    {0xfff9,0xfffb,-1,15,-1,-1,SAME,SAME},{0x10341,0x10341,18,-1,-1,-1,SAME,-1},{0x1034a,0x1034a,-1,-1,-1,-1,SAME,-1},
    {0x1d6db,0x1d6db,-1,1,-1,0,SAME,SAME},{0x1d715,0x1d715,-1,1,-1,0,SAME,SAME},{0x1d74f,0x1d74f,-1,1,-1,0,SAME,SAME},
    {0x1d789,0x1d789,-1,1,-1,0,SAME,SAME},{0x1d7c3,0x1d7c3,-1,1,-1,0,SAME,SAME},{0x20001,0x20001,-1,-1,-1,-1,SAME,-1},
    {0x20064,0x20064,-1,-1,-1,-1,SAME,-1},{0x200e2,0x200e2,-1,-1,-1,-1,SAME,-1},{0x20121,0x20121,-1,-1,-1,-1,SAME,-1},
    {0x2092a,0x2092a,-1,-1,-1,-1,SAME,-1},{0x20983,0x20983,-1,-1,-1,-1,SAME,-1},{0x2098c,0x2098c,-1,-1,-1,-1,SAME,-1},
    {0x2099c,0x2099c,-1,-1,-1,-1,SAME,-1},{0x20aea,0x20aea,-1,-1,-1,-1,SAME,-1},{0x20afd,0x20afd,-1,-1,-1,-1,SAME,-1},
    {0x20b19,0x20b19,-1,-1,-1,-1,SAME,-1},{0x22390,0x22390,-1,-1,-1,-1,SAME,-1},{0x22998,0x22998,-1,-1,-1,-1,SAME,-1},
    {0x23b1b,0x23b1b,-1,-1,-1,-1,SAME,-1},{0x2626d,0x2626d,-1,-1,-1,-1,SAME,-1},{0x2f890,0x2f890,-1,-1,-1,-1,SAME,-1},
};

#endif
