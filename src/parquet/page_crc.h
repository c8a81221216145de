/* page_crc: the checksum of a page. */
#pragma once

#include <base.h>

/* The CRC-32 of the bytes (parquet.thrift, PageHeader.crc: the polynomial of GZip). */
uint32_t page_crc(struct str bytes);
