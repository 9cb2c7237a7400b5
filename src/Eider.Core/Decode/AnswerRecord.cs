// Decode: records in words, for views. Made when somebody looks, from the message an event carries.

using System.Text;
using Eider.Core.Decode.Records;

namespace Eider.Core.Decode;

/// <summary>One resource record in presentation form.</summary>
/// <param name="Name">Owner name as <see cref="DnsEvent.Name"/> describes it.</param>
/// <param name="Class">Of an OPT record the UDP payload size; in mDNS with the cache-flush bit.</param>
/// <param name="Ttl">Seconds.</param>
/// <param name="Data">As a zone file would have it, names without the last dot; printable ASCII only. Unknown types and malformed data as
/// <c>\# length hex</c> (RFC 3597 5).</param>
public sealed record AnswerRecord(string Name, ushort Type, ushort Class, uint Ttl, string Data)
{
    /// <summary>The records of one section. Of a malformed message those before the fault. Never throws; at most some 30 MiB for a hostile 64 KiB message.</summary>
    public static List<AnswerRecord> ReadAll(ReadOnlySpan<byte> message, Section section = Section.Answer)
    {
        var records = new List<AnswerRecord>();
        var reader = new DnsReader(message);
        var text = new StringBuilder();
        while (reader.TryReadRecord(out var record) && record.Section <= section)
        {
            if (record.Section == section)
            {
                text.Clear();
                RecordText.Append(text, record);
                records.Add(new AnswerRecord(record.Name.ToString(), record.Type, record.Class, record.Ttl, text.ToString()));
            }
        }

        return records;
    }
}
