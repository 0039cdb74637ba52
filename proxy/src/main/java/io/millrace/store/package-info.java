/** Snapshots on disk: published whole or not at all. */
package io.millrace.store;
