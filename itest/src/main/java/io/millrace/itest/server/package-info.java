/** Real servers for tests, the demo and benchmarks: unpacked into a cache folder, started on free loopback ports, ended by pid. */
package io.millrace.itest.server;
