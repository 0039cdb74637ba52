/** The statements that replicas, drivers and tools send to a leader, and true answers to them. */
package io.millrace.serve.sql;
