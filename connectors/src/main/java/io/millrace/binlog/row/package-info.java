/** Rows as the binary log holds them: table maps, row images, and values in the text that the server itself would print. */
package io.millrace.binlog.row;
