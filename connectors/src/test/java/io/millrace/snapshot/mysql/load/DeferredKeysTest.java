package io.millrace.snapshot.mysql.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.snapshot.TableDefinition;
import io.millrace.snapshot.TableName;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeferredKeysTest {
    private static final long LARGE = DeferredKeys.WORTH_BYTES;
    private static final String HEAD = "CREATE TABLE `t` (\n  `id` int NOT NULL AUTO_INCREMENT,\n  `a` int DEFAULT NULL,\n  PRIMARY KEY (`id`)";
    private static final String TAIL = "\n) ENGINE=InnoDB COMMENT='  KEY `not one`'";

    @Test
    void putsSecondaryAndForeignKeysOffAndKeepsTheRest() {
        DeferredKeys deferred = DeferredKeys.of(table(HEAD + ",\n  UNIQUE KEY `the ``a` (`a`),\n  KEY `b` (`a`,`id`) USING BTREE,\n"
                + "  CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`),\n  CONSTRAINT `c` CHECK ((`a` > 1))" + TAIL), LARGE);
        assertThat(deferred.createTable()).isEqualTo(HEAD + ",\n  CONSTRAINT `c` CHECK ((`a` > 1))" + TAIL);
        assertThat(deferred.keys()).containsExactly("  UNIQUE KEY `the ``a` (`a`)", "  KEY `b` (`a`,`id`) USING BTREE");
        assertThat(DeferredKeys.firstName(deferred.keys())).contains("the `a");
        assertThat(DeferredKeys.alter(table(""), deferred.foreignKeys()))
                .isEqualTo("ALTER TABLE `s`.`t` ADD CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`id`)");
    }

    @ParameterizedTest
    @ValueSource(strings = {",\n  KEY `a` (`a`),\n  FULLTEXT KEY `f` (`a`)", ",\n  SPATIAL KEY `g` (`a`),\n  KEY `a` (`a`)"})
    void leavesATableAloneWhoseKeysWouldChangeTheirOrder(String keys) {
        assertThat(DeferredKeys.of(table(HEAD + keys + TAIL), LARGE).createTable()).isEqualTo(HEAD + keys + TAIL);
    }

    @Test
    void leavesASmallTableAloneAndOneThatCountsInASecondaryKey() {
        String small = HEAD + ",\n  KEY `a` (`a`)" + TAIL;
        assertThat(DeferredKeys.of(table(small), LARGE - 1).keys()).isEmpty();
        String counted = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int NOT NULL AUTO_INCREMENT,\n  PRIMARY KEY (`id`),\n  KEY `a` (`a`)"
                + TAIL;
        assertThat(DeferredKeys.of(table(counted), LARGE).keys()).isEmpty();
    }

    /** The key that a foreign key refers to may be deferred, in a larger table. */
    @Test
    void putsTheForeignKeysOfASmallTableOffToo() {
        DeferredKeys deferred = DeferredKeys.of(
                table(HEAD + ",\n  KEY `a` (`a`),\n  CONSTRAINT `fk` FOREIGN KEY (`a`) REFERENCES `p` (`code`)" + TAIL),
                LARGE - 1);
        assertThat(deferred.createTable()).isEqualTo(HEAD + ",\n  KEY `a` (`a`)" + TAIL);
        assertThat(deferred.foreignKeys()).hasSize(1);
    }

    @Test
    void leavesSubpartitionsAsTheyAre() {
        String partitions = """

                ) ENGINE=InnoDB
                /*!50100 PARTITION BY RANGE (`id`)
                SUBPARTITION BY HASH (`id`)
                (PARTITION p0 VALUES LESS THAN (10)
                 (SUBPARTITION s0 ENGINE = InnoDB,
                  SUBPARTITION s1 ENGINE = InnoDB),
                 PARTITION p1 VALUES LESS THAN MAXVALUE
                 (SUBPARTITION s2 ENGINE = InnoDB,
                  SUBPARTITION s3 ENGINE = InnoDB)) */""";
        assertThat(DeferredKeys.of(table(HEAD + ",\n  KEY `a` (`a`)" + partitions), LARGE).createTable()).isEqualTo(HEAD + partitions);
    }

    private static TableDefinition table(String create) {
        return new TableDefinition(new TableName("s", "t"), List.of(), List.of("id"), "InnoDB", create, 0);
    }
}
