import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.Callable;

/**
 * Answers how Java reads texts.
 *
 * Input, one case a line: "uri", "decimal", "integer" or "uuid" TAB the text as base64 of UTF-8. Output, one line each:
 * "!" and the message of the exception, or "=" and what was read: of a URI scheme, host, raw path, raw query and raw
 * fragment, by line feeds, each behind a plus sign or only a minus sign; else nothing. All as base64 of UTF-8.
 */
public final class TextOracle {
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] fields = line.split("\t", -1);
            String text = new String(Base64.getDecoder().decode(fields[1]), StandardCharsets.UTF_8);
            String answer;
            try {
                answer = "=" + read(fields[0], text).call();
            } catch (Exception e) {
                answer = "!" + e.getMessage();
            }
            out.println(Base64.getEncoder().encodeToString(answer.getBytes(StandardCharsets.UTF_8)));
        }
        out.flush();
    }

    private static Callable<String> read(String kind, String text) {
        switch (kind) {
            case "decimal":
                return () -> new BigDecimal(text) == null ? "" : "";
            case "integer":
                return () -> String.valueOf(Integer.parseInt(text));
            case "uuid":
                return () -> UUID.fromString(text).toString();
            default:
                return () -> {
                    URI uri = new URI(text);
                    String[] parts = {uri.getScheme(), uri.getHost(), uri.getRawPath(), uri.getRawQuery(), uri.getRawFragment()};
                    StringBuilder all = new StringBuilder();
                    for (String part : parts) {
                        all.append(part == null ? "-" : "+" + part).append('\n');
                    }
                    return all.toString();
                };
        }
    }
}
