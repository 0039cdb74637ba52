/** What a transaction changes, as hashes of keys: two transactions without a common one can be applied in any order. No I/O. */
package io.millrace.binlog.writeset;
