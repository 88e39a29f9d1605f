package dev.lockstep.model.tokenizer;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Turns ids into text as they arrive. A character whose bytes are spread over several tokens
/// appears whole, with the last of them, and never in part. What all calls return, joined, is what
/// [Tokenizer#decode] gives for all ids at once. Single-threaded.
public final class StreamingDecoder {
  private final Tokenizer tokenizer;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);

  /// The bytes of a character that is not complete yet: three at most.
  private byte[] pending = {};

  StreamingDecoder(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// The characters that this id completes; empty if it completes none.
  public String push(int id) {
    return decode(tokenizer.decodeToBytes(id), false);
  }

  /// What is left when no more ids come: U+FFFD for a character that was never completed, or
  /// nothing. The decoder is then ready for another text.
  public String flush() {
    String rest = decode(new byte[0], true);
    decoder.reset();
    return rest;
  }

  private String decode(byte[] bytes, boolean last) {
    ByteBuffer in =
        ByteBuffer.allocate(pending.length + bytes.length).put(pending).put(bytes).flip();
    // A byte becomes one character at most, replacements included.
    CharBuffer out = CharBuffer.allocate(in.remaining());
    decoder.decode(in, out, last);
    if (last) {
      decoder.flush(out);
    }
    pending = new byte[in.remaining()];
    in.get(pending);
    return out.flip().toString();
  }
}
