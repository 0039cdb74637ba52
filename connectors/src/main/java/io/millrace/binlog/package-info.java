/** Values of MySQL's binary log: coordinates, GTIDs and sets of them. No I/O; nothing here blocks. */
package io.millrace.binlog;
