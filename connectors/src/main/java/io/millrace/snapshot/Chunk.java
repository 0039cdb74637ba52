package io.millrace.snapshot;

/**
 * Some rows of one table, in one file.
 *
 * @param number unique in its snapshot, from 1
 * @param rows how many
 * @param bytes of tab-separated text, before compression
 * @param checksum CRC32C of that text
 */
public record Chunk(int number, TableName table, long rows, long bytes, long checksum) {}
