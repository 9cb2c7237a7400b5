// Reads a list to its end and keeps what it said, one line of text for each name.

using System.Text;
using Eider.Core.Lists;
using Eider.Core.Policy;
using Xunit;

namespace Eider.Tests.Lists;

/// <param name="Entries"><c>evil.example</c>, with <c>*.</c> for what is below it, <c>+.</c> for both; behind it whatever is not the default.</param>
internal sealed record ListReading(IReadOnlyList<string> Entries, ListImport? Import, ListError? Error)
{
    public static ListReading Of(string text, ListFormat format = ListFormat.Auto, ListMatch match = ListMatch.Subdomains) => Of(Encoding.UTF8.GetBytes(text), format, match);

    public static ListReading Of(byte[] octets, ListFormat format = ListFormat.Auto, ListMatch match = ListMatch.Subdomains, long maxOctets = DomainListSpec.DefaultMaxSize) =>
        Of(new MemoryStream(octets), format, match, maxOctets);

    public static ListReading Of(Stream stream, ListFormat format = ListFormat.Auto, ListMatch match = ListMatch.Subdomains, long maxOctets = DomainListSpec.DefaultMaxSize)
    {
        if (!DomainListReader.TryOpen(stream, "list.txt", format, match, out var reader, out var error, maxOctets))
        {
            return new ListReading([], null, error);
        }

        using (reader)
        {
            var entries = new List<string>();
            while (reader.TryRead(out var entry))
            {
                entries.Add(Text(entry));
            }

            Assert.False(reader.TryRead(out _));
            return new ListReading(entries, reader.Import, reader.Error);
        }
    }

    /// <summary><c>LineFault x count</c> for each fault that occurred.</summary>
    public string Faults => string.Join(", ", Import!.Skipped.Select(skipped => $"{skipped.Fault} x{skipped.Count}"));

    private static string Text(in ListEntry entry)
    {
        var text = new StringBuilder();
        text.Append(entry.Match switch { NameMatch.Exact => "", NameMatch.Below => "*.", NameMatch.Both => "+.", _ => "?" }).Append(Encoding.ASCII.GetString(entry.Name));
        text.Append(entry.Action == ListAction.Allow ? " allow" : "").Append(entry.IsImportant ? " important" : "");
        text.Append(entry.Reply == ListReply.Unspecified ? "" : $" {entry.Reply}").Append(entry.Sinkhole is { } address ? $" {address}" : "");
        return text.ToString();
    }
}
