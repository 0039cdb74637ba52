/** MySQL's protocol compressed: packets of packets. */
package io.millrace.protocol.compressed;
