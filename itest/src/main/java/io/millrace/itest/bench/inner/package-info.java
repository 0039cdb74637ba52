/** The loops that run for every event, row and GTID, measured by JMH. */
package io.millrace.itest.bench.inner;
