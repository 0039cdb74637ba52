package io.millrace.binlog.row;

/**
 * How one column stands in a row image.
 *
 * @param code the field type, with ENUM and SET told apart from the STRING they are logged as
 * @param meta the type's metadata: lengths, precision or fraction digits
 * @param unsigned whether a whole number has no sign
 * @see <a href="https://dev.mysql.com/doc/dev/mysql-server/latest/classmysql_1_1binlog_1_1event_1_1Table__map__event.html">Table_map_event:
 *      types and metadata</a>
 */
public record ColumnType(int code, int meta, boolean unsigned) {
    static final int TINY = 1;
    static final int SHORT = 2;
    static final int LONG = 3;
    static final int FLOAT = 4;
    static final int DOUBLE = 5;
    static final int TIMESTAMP = 7;
    static final int LONGLONG = 8;
    static final int INT24 = 9;
    static final int DATE = 10;
    static final int TIME = 11;
    static final int DATETIME = 12;
    static final int YEAR = 13;
    static final int VARCHAR = 15;
    static final int BIT = 16;
    static final int TIMESTAMP2 = 17;
    static final int DATETIME2 = 18;
    static final int TIME2 = 19;
    /** MariaDB's, of COMPRESSED columns. */
    static final int BLOB_COMPRESSED = 140;
    static final int VARCHAR_COMPRESSED = 141;
    static final int VECTOR = 242;
    static final int JSON = 245;
    static final int NEWDECIMAL = 246;
    static final int ENUM = 247;
    static final int SET = 248;
    static final int TINY_BLOB = 249;
    static final int MEDIUM_BLOB = 250;
    static final int LONG_BLOB = 251;
    static final int BLOB = 252;
    static final int VAR_STRING = 253;
    static final int STRING = 254;
    static final int GEOMETRY = 255;

    /** The same type with a sign or without. */
    public ColumnType withUnsigned(boolean none) {
        return new ColumnType(code, meta, none);
    }

    /** Whether values are logged as MariaDB compressed them. */
    public boolean isCompressed() {
        return code == BLOB_COMPRESSED || code == VARCHAR_COMPRESSED;
    }

    public boolean isJson() {
        return code == JSON;
    }

    /** Whether the type is one of those that SIGNEDNESS metadata counts. */
    boolean isNumeric() {
        return switch (code) {
            case TINY, SHORT, LONG, INT24, LONGLONG, FLOAT, DOUBLE, NEWDECIMAL -> true;
            default -> false;
        };
    }
}
