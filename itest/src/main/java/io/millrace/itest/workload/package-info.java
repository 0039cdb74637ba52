/** Load for tests, the demo and benchmarks: bounded, and never the same twice unless the seed is. */
package io.millrace.itest.workload;
