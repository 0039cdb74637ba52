package io.millrace.snapshot.mysql.keys;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.Column;
import io.millrace.snapshot.KeyRange;
import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyColumnTest {
    private static TableDefinition table(String... types) {
        List<Column> columns = new java.util.ArrayList<>();
        for (String type : types) {
            columns.add(new Column("c" + columns.size(), type, type, type.contains("char") ? "utf8mb4" : "", false));
        }
        return new TableDefinition(new TableName("s", "t"), columns, columns.stream().map(Column::name).toList(), "InnoDB", "", 0);
    }

    private static KeyColumn column(String type) {
        return KeyColumn.of(table(type)).getFirst();
    }

    private static String hex(String text) {
        return HexFormat.of().formatHex(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void partsNumbersEvenlyAndEndsWithTheLast() {
        assertThat(column("bigint").between("0", "32", 0)).startsWith("2", "4", "6").hasSize(16).endsWith("32");
        assertThat(column("bigint").between("-2", "-1", 0)).containsExactly("-1");
        assertThat(column("bigint").between("0", "18446744073709551615", 0)).startsWith("1152921504606846975").hasSize(16);
        assertThat(column("decimal").between("1.50", "1.53", 0)).containsExactly("1.51", "1.52", "1.53");
    }

    @Test
    void partsTimesAndLeavesZeroDatesAlone() {
        assertThat(column("datetime").between("2026-01-01 00:00:00.5", "2026-01-01 16:00:00", 0)).startsWith("2026-01-01 01:00:00").hasSize(16);
        assertThat(column("date").between("2026-01-01", "2026-01-02", 0)).containsExactly("2026-01-02");
        assertThat(column("date").between("0000-00-00", "2026-01-02", 0)).isEmpty();
    }

    @Test
    void partsTextByTheLetterBehindTheCommonBeginning() {
        assertThat(column("varchar").between(hex("user-1x"), hex("user-9"), 0)).contains(hex("user-1"), hex("user-A"), hex("user-z"));
        assertThat(column("varchar").between(hex("é1"), hex("è2"), 0)).as("no letter is cut").contains(hex("5"));
    }

    @Test
    void looksAtLaterLettersWhereTheFirstThatDiffersPartsNothing() {
        assertThat(column("varchar").between(hex("Apfel"), hex("apple"), 2)).contains(hex("app"));
        assertThat(column("varchar").between(hex("Apfel"), hex("apple"), 6)).isEmpty();
        assertThat(column("bigint").between("1", "9", 1)).isEmpty();
    }

    @Test
    void partsBytesByTheFirstThatDiffers() {
        assertThat(column("binary").between("aa00", "aaff", 0)).contains("aa0f", "aaff").hasSize(16);
        assertThat(column("varbinary").between("aa", "aa02", 0)).containsExactly("aa01", "aa02");
    }

    @Test
    void takesTheLeadingColumnsOfTypesThatItKnows() {
        assertThat(KeyColumn.of(table("int", "varchar", "enum", "int"))).hasSize(2);
        assertThat(KeyColumn.of(table("float", "int"))).isEmpty();
        assertThat(KeyColumn.of(table("int", "varchar")).get(1).literal("61")).isEqualTo("_utf8mb4 x'61'");
    }

    @Test
    void writesComparisonsOfKeysOutByColumn() {
        assertThat(KeyConditions.where(table("int", "int", "int"), new KeyRange(List.of("1", "2", "3"), List.of("7", "8"))))
                .isEqualTo(" FORCE INDEX (PRIMARY) WHERE (`c0` > 1 OR `c0` = 1 AND (`c1` > 2 OR `c1` = 2 AND `c2` >= 3))"
                        + " AND (`c0` < 7 OR `c0` = 7 AND `c1` < 8)");
        assertThat(KeyConditions.where(table("int"), KeyRange.ALL)).isEmpty();
    }
}
