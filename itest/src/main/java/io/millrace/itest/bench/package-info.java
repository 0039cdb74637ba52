/** Benchmarks side by side with a peer, in one run, against the same servers; quoted as ratios. */
package io.millrace.itest.bench;
