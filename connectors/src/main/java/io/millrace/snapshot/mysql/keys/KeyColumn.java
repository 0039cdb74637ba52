package io.millrace.snapshot.mysql.keys;

import io.millrace.snapshot.Column;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A column of a primary key, as far as ranges of keys can be made of it. Values are text: of bytes the hexadecimal digits, of anything
 * else what the server prints.
 */
record KeyColumn(String quoted, Kind kind, String charset) {
    private static final int PARTS = 16;
    /** Text is told apart by its next letter; candidates that no key begins with cost one look each. */
    private static final String LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    /** In these a byte may be a part of a letter, and that alone is none: a server refuses the literal. */
    private static final Set<String> WIDE = Set.of("ucs2", "utf16", "utf16le", "utf32", "gbk", "gb2312", "gb18030", "big5", "sjis", "cp932", "ujis",
            "eucjpms", "euckr");
    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);
    private static final int DATE_LENGTH = 10;
    /** How many letters behind the first that differs are looked at. */
    private static final int MOST_MORE = 8;
    private static final HexFormat HEX = HexFormat.of();

    /** How a value lies between two others. */
    enum Kind {
        NUMBER, TIME, TEXT, BYTES
    }

    /** The leading columns of a table's primary key that ranges can be made of. */
    static List<KeyColumn> of(TableDefinition table) {
        List<KeyColumn> columns = new ArrayList<>();
        for (String name : table.primaryKey()) {
            Column column = table.columns().get(table.indexOf(name));
            Optional<Kind> kind = kind(column);
            if (kind.isEmpty()) {
                break;
            }
            columns.add(new KeyColumn(TableName.quote(name), kind.get(), column.charset()));
        }
        return columns;
    }

    private static Optional<Kind> kind(Column column) {
        return switch (column.dataType()) {
            case "tinyint", "smallint", "mediumint", "int", "bigint", "decimal" -> Optional.of(Kind.NUMBER);
            case "date", "datetime", "timestamp" -> Optional.of(Kind.TIME);
            case "char", "varchar" -> WIDE.contains(column.charset()) ? Optional.empty() : Optional.of(Kind.TEXT);
            case "binary", "varbinary" -> Optional.of(Kind.BYTES);
            default -> Optional.empty();
        };
    }

    /** What is selected to get a value as text. */
    String selected() {
        return switch (kind) {
            case NUMBER -> quoted + "+0";
            case TIME -> quoted;
            case TEXT, BYTES -> "HEX(" + quoted + ")";
        };
    }

    /** A value as SQL takes it. */
    String literal(String value) {
        return switch (kind) {
            case NUMBER -> value;
            case TIME -> "'" + value + "'";
            case TEXT -> "_" + charset + " x'" + value + "'";
            case BYTES -> "x'" + value + "'";
        };
    }

    /**
     * Values that are likely to part what lies between two others, in about the order of the key. They need not be values of rows, nor
     * well chosen: whoever asks looks for the first key at or after each.
     *
     * @param tries how often what was given for the same two values parted nothing, as where words differ first in an accent, for which
     *            most collations care last
     * @return empty where there is nothing more to try
     */
    List<String> between(String low, String high, int tries) {
        if (tries > 0 && kind != Kind.TEXT) {
            return List.of();
        }
        return switch (kind) {
            case NUMBER -> numbers(new BigDecimal(low), new BigDecimal(high));
            case TIME -> times(low, high);
            case TEXT -> texts(bytes(low), bytes(high), tries);
            case BYTES -> bytesBetween(bytes(low), bytes(high));
        };
    }

    private static List<String> numbers(BigDecimal low, BigDecimal high) {
        int scale = Math.max(low.scale(), high.scale());
        BigInteger first = low.setScale(scale).unscaledValue();
        BigInteger width = high.setScale(scale).unscaledValue().subtract(first);
        List<String> values = new ArrayList<>();
        for (int i = 1; i <= PARTS; i++) {
            BigInteger value = first.add(width.multiply(BigInteger.valueOf(i)).divide(BigInteger.valueOf(PARTS)));
            String text = new BigDecimal(value, scale).toPlainString();
            if (value.compareTo(first) > 0 && (values.isEmpty() || !values.getLast().equals(text))) {
                values.add(text);
            }
        }
        return values;
    }

    /** Of zero dates and the like nothing lies in the middle. */
    private static List<String> times(String low, String high) {
        try {
            if (low.length() == DATE_LENGTH) {
                return numbers(BigDecimal.valueOf(LocalDate.parse(low).toEpochDay()), BigDecimal.valueOf(LocalDate.parse(high).toEpochDay())).stream()
                        .map(day -> LocalDate.ofEpochDay(Long.parseLong(day)).toString()).toList();
            }
            return numbers(BigDecimal.valueOf(seconds(low)), BigDecimal.valueOf(seconds(high))).stream()
                    .map(second -> SECONDS.format(LocalDateTime.ofEpochSecond(Long.parseLong(second), 0, ZoneOffset.UTC))).toList();
        } catch (DateTimeException e) {
            return List.of();
        }
    }

    private static long seconds(String value) {
        return LocalDateTime.parse(value.substring(0, Math.min(value.length(), 19)), SECONDS).toEpochSecond(ZoneOffset.UTC);
    }

    private static List<String> texts(byte[] low, byte[] high, int more) {
        int length = common(low, high) + more;
        if (more > MOST_MORE || length > high.length) {
            return List.of();
        }
        while (length > 0 && length < high.length && isInsideLetter(high[length])) {
            length--;
        }
        String prefix = HEX.formatHex(high, 0, length);
        List<String> values = new ArrayList<>();
        for (byte letter : LETTERS.getBytes(StandardCharsets.US_ASCII)) {
            values.add(prefix + HEX.toHexDigits(letter));
        }
        return values;
    }

    /** Whether a byte of UTF-8 is not the first of its letter; in sets of one byte a letter it may cost a part or two. */
    private static boolean isInsideLetter(byte letter) {
        return (letter & 0xc0) == 0x80;
    }

    private static List<String> bytesBetween(byte[] low, byte[] high) {
        int common = common(low, high);
        String prefix = HEX.formatHex(low, 0, common);
        int first = common < low.length ? low[common] & 0xff : 0;
        int last = common < high.length ? high[common] & 0xff : 0;
        return numbers(BigDecimal.valueOf(first), BigDecimal.valueOf(last)).stream()
                .map(value -> prefix + HEX.toHexDigits((byte) Integer.parseInt(value))).toList();
    }

    private static int common(byte[] low, byte[] high) {
        int common = 0;
        while (common < Math.min(low.length, high.length) && low[common] == high[common]) {
            common++;
        }
        return common;
    }

    private static byte[] bytes(String hex) {
        return HEX.parseHex(hex);
    }
}
