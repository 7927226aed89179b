import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers regex questions with the real java.util.regex.
 *
 * Input, one case a line: pattern TAB subject TAB replacement, each as base64 of UTF-16BE (which holds lone surrogates).
 * Output, one line each: "refused", or find ("true", "false") TAB ("=" and the base64 of replaceAll's result, or "!"
 * and the simple name of the exception).
 *
 * With the argument "members" the input is one pattern a line, and the output its matching code points as
 * "low-high" ranges in hex, separated by blanks.
 */
public final class RegexOracle {
    private static final int STACK_BYTES = 512 << 20;

    public static void main(String[] args) throws Exception {
        boolean members = args.length > 0 && args[0].equals("members");
        Thread worker = new Thread(null, () -> answerAll(members), "oracle", STACK_BYTES);
        worker.start();
        worker.join();
    }

    private static void answerAll(boolean members) {
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false);
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                String[] fields = line.split("\t", -1);
                out.println(members ? members(decode(fields[0])) : answer(fields));
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        out.flush();
    }

    private static String answer(String[] fields) {
        Pattern pattern;
        try {
            pattern = Pattern.compile(decode(fields[0]));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            return "refused";
        }
        String subject = decode(fields[1]);
        Matcher matcher = pattern.matcher(subject);
        String found;
        try {
            found = String.valueOf(matcher.find());
        } catch (RuntimeException | StackOverflowError e) {
            found = e.getClass().getSimpleName();
        }
        try {
            return found + "\t=" + encode(pattern.matcher(subject).replaceAll(decode(fields[2])));
        } catch (RuntimeException | StackOverflowError e) {
            return found + "\t!" + e.getClass().getSimpleName();
        }
    }

    private static String members(String text) {
        Matcher matcher = Pattern.compile(text).matcher("");
        StringBuilder ranges = new StringBuilder();
        int low = -1;
        for (int code = 0; code <= Character.MAX_CODE_POINT + 1; code++) {
            boolean member = code <= Character.MAX_CODE_POINT && matcher.reset(Character.toString(code)).matches();
            if (member && low < 0) {
                low = code;
            } else if (!member && low >= 0) {
                ranges.append(Integer.toHexString(low)).append('-').append(Integer.toHexString(code - 1)).append(' ');
                low = -1;
            }
        }
        return ranges.toString().trim();
    }

    private static String decode(String field) {
        byte[] bytes = Base64.getDecoder().decode(field);
        char[] units = new char[bytes.length / 2];
        for (int i = 0; i < units.length; i++) {
            units[i] = (char) ((bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff);
        }
        return new String(units);
    }

    private static String encode(String text) {
        byte[] bytes = new byte[text.length() * 2];
        for (int i = 0; i < text.length(); i++) {
            bytes[2 * i] = (byte) (text.charAt(i) >> 8);
            bytes[2 * i + 1] = (byte) text.charAt(i);
        }
        return Base64.getEncoder().encodeToString(bytes);
    }
}
