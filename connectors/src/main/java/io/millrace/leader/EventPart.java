package io.millrace.leader;

import io.millrace.binlog.event.EventHeader;
import java.nio.ByteBuffer;

/**
 * An event as it arrives: whole, or, above 16 MiB, in parts.
 *
 * @param header of the event, the same for each of its parts
 * @param bytes this part, little-endian; good until the next call of the stream. The first part holds the header
 * @param acknowledge whether the leader waits to be told that the event, and all before it, is durable
 */
public record EventPart(EventHeader header, ByteBuffer bytes, boolean first, boolean last, boolean acknowledge) {}
