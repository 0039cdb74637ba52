package io.millrace.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The files for people and editors say what the records say. {@code -Dmillrace.write=true} writes them anew. */
class GeneratedFilesTest {
    @Test
    void theReferencePageIsUpToDate() throws Exception {
        assertUpToDate(Path.of("REFERENCE.md"), ReferencePage.markdown());
    }

    @Test
    void theSchemaIsUpToDate() throws Exception {
        assertUpToDate(Path.of("millrace.schema.json"), JsonSchema.text());
    }

    private static void assertUpToDate(Path file, String wanted) throws Exception {
        if (Boolean.getBoolean("millrace.write")) {
            Files.writeString(file, wanted);
        }
        assertThat(file).as("run mvn -pl config test -Dmillrace.write=true").hasContent(wanted);
    }
}
