package io.millrace.snapshot;

import java.util.Locale;

/**
 * A column as the server describes it.
 *
 * @param dataType lower case, such as {@code varchar}
 * @param columnType lower case, whole, such as {@code int unsigned}
 * @param charset of text, empty for other types
 * @param generated whether the server computes it, so that nobody may write it
 */
public record Column(String name, String dataType, String columnType, String charset, boolean generated) {
    /** How a column's values stand in a chunk. */
    public enum Encoding {
        /** The stored bytes, or the text of a number, date or time. */
        PLAIN,
        /** The number of an ENUM or SET value, which no character set can bend. */
        ORDINAL,
        /** A FLOAT with all its digits. */
        FLOAT,
        /** JSON, UUIDs and internet addresses as UTF-8 text, which a server takes for something else if it comes as bytes. */
        CHARACTERS,
        /** BIT as a whole number. */
        BIT,
        /** The stored bytes of a geometry. */
        GEOMETRY
    }

    public Encoding encoding() {
        return switch (dataType) {
            case "enum", "set" -> Encoding.ORDINAL;
            case "float" -> Encoding.FLOAT;
            case "json", "uuid", "inet4", "inet6" -> Encoding.CHARACTERS;
            case "bit" -> Encoding.BIT;
            case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geomcollection",
                    "geometrycollection" ->
                Encoding.GEOMETRY;
            default -> Encoding.PLAIN;
        };
    }

    public boolean isUnsigned() {
        return columnType.toLowerCase(Locale.ROOT).contains("unsigned");
    }

    public boolean isInteger() {
        return switch (dataType) {
            case "tinyint", "smallint", "mediumint", "int", "bigint" -> true;
            default -> false;
        };
    }

    /** Whether the bytes of a value are text or blob, and no number or date. */
    public boolean isBytes() {
        return switch (dataType) {
            case "char", "varchar", "binary", "varbinary", "tinytext", "text", "mediumtext", "longtext", "tinyblob", "blob", "mediumblob",
                    "longblob" ->
                true;
            default -> false;
        };
    }
}
