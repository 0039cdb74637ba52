/** Transactions in two phases, as the binlog shows them. */
package io.millrace.binlog.xa;
