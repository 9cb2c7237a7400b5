// How JSON is written: readable, and with nothing in it that a terminal or a page would obey.

using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Eider.Output;

internal static class JsonText
{
    /// <summary>For events, one a line: what writes them is tested.</summary>
    public static readonly JsonWriterOptions Line = new() { SkipValidation = true, Encoder = new PlainEncoder() };

    /// <summary>For a document that people read too.</summary>
    public static readonly JsonWriterOptions Indented = new() { Indented = true, Encoder = new PlainEncoder() };

    public static readonly JsonWriterOptions Compact = new() { Encoder = new PlainEncoder() };

    /// <summary>The runtime's own encoders escape too much for a person ("+"), or too little for a terminal (marks that turn the direction of writing). This one leaves printable
    /// ASCII as it is, but for what JSON gives a meaning and for "&lt;", which begins markup.</summary>
    private sealed unsafe class PlainEncoder : JavaScriptEncoder
    {
        private const int LongestEscape = 12; // of a character that takes two

        private static readonly SearchValues<char> Plain = SearchValues.Create([.. Enumerable.Range(' ', 0x7f - ' ').Select(c => (char)c).Except(['"', '\\', '<'])]);
        private static readonly SearchValues<byte> PlainUtf8 = SearchValues.Create([.. Enumerable.Range(' ', 0x7f - ' ').Select(c => (byte)c).Except([(byte)'"', (byte)'\\', (byte)'<'])]);

        public override int MaxOutputCharactersPerInputCharacter => LongestEscape;

        public override bool WillEncode(int unicodeScalar) => unicodeScalar > 0x7e || !Plain.Contains((char)unicodeScalar);

        public override int FindFirstCharacterToEncode(char* text, int textLength) => new ReadOnlySpan<char>(text, textLength).IndexOfAnyExcept(Plain);

        public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text) => utf8Text.IndexOfAnyExcept(PlainUtf8);

        /// <summary>What is escaped at all is escaped as the runtime does it: \n, \", \u202E, pairs.</summary>
        public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
        {
            if (unicodeScalar == '"')
            {
                numberOfCharactersWritten = 2;
                return @"\""".TryCopyTo(new Span<char>(buffer, bufferLength));
            }

            return Default.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
        }
    }
}
