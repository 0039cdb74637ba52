/** Followers that are native replicas: they fetch the changes themselves, and are pointed at us and watched. */
package io.millrace.replication.pull;
