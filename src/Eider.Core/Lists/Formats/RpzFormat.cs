// Response policy zones as zone files: the owner of a record is the trigger, its data the action. Only triggers on the query's name can be used.

namespace Eider.Core.Lists.Formats;

internal sealed class RpzFormat : IListFormat
{
    private readonly ZoneLines _lines = new();
    private readonly ZoneNames _zone = new();
    private readonly byte[] _owner = new byte[ListLimits.LongestLine];
    private int _ownerLength;

    public void ReadLine(ReadOnlySpan<byte> line, bool indented, LineNames names)
    {
        if (!_lines.TryAdd(line, ref indented, out var record))
        {
            names.Skip(LineFault.NotInFormat, line);
        }
        else if (record.IsEmpty)
        {
            names.Comment();
        }
        else if (record[0] == (byte)'$')
        {
            ReadDirective(record, names);
        }
        else
        {
            ReadRecord(record, indented, names);
        }
    }

    public void End(LineNames names)
    {
        if (_lines.IsOpen)
        {
            names.Skip(LineFault.NotInFormat, "( without )"u8);
        }
    }

    private void ReadDirective(ReadOnlySpan<byte> record, LineNames names)
    {
        var rest = record;
        var directive = Words.TakeWord(ref rest);
        if (directive.Is("$ORIGIN"u8) && Words.TakeWord(ref rest) is { IsEmpty: false } origin)
        {
            _zone.SetOrigin(origin);
            names.Skip(LineFault.ZoneHeader, record);
        }
        else
        {
            names.Skip(directive.Is("$TTL"u8) ? LineFault.ZoneHeader
                : directive.Is("$INCLUDE"u8) || directive.Is("$GENERATE"u8) ? LineFault.Directive
                : LineFault.NotInFormat, record);
        }
    }

    private void ReadRecord(ReadOnlySpan<byte> record, bool indented, LineNames names)
    {
        var rest = record;
        if (!indented)
        {
            var word = Words.TakeWord(ref rest);
            word.CopyTo(_owner);
            _ownerLength = word.Length;
        }

        var owner = _owner.AsSpan(0, _ownerLength);
        var type = TakeType(ref rest);
        if (type.IsEmpty || owner.IsEmpty)
        {
            names.Skip(LineFault.NotInFormat, record);
            return;
        }

        if (type.Is("SOA"u8))
        {
            _zone.SetZone(owner);
            names.Skip(LineFault.ZoneHeader, record);
        }
        else if (!_zone.TryGetTrigger(owner, out var trigger))
        {
            names.Skip(LineFault.OutsideZone, record);
        }
        else if (trigger.IsEmpty)
        {
            names.Skip(LineFault.ZoneHeader, record);
        }
        else if (TriggerFault(trigger) is not LineFault.None and var fault || (fault = ReadAction(trigger, type, rest, out var terms)) != LineFault.None)
        {
            names.Skip(fault, record);
        }
        else
        {
            names.Add(trigger, terms, record);
        }
    }

    /// <summary>Passes over time to live and class, which may stand in either order or not at all.</summary>
    private static ReadOnlySpan<byte> TakeType(ref ReadOnlySpan<byte> rest)
    {
        var word = Words.TakeWord(ref rest);
        while (word is [>= (byte)'0' and <= (byte)'9', ..] || word.Is("IN"u8))
        {
            word = Words.TakeWord(ref rest);
        }

        return word;
    }

    private static LineFault TriggerFault(ReadOnlySpan<byte> trigger)
    {
        var label = trigger[(trigger.LastIndexOf((byte)'.') + 1)..];
        return label is not [(byte)'r' or (byte)'R', (byte)'p' or (byte)'P', (byte)'z' or (byte)'Z', (byte)'-', ..] ? LineFault.None
            : label.Is("rpz-ip"u8) ? LineFault.AddressTrigger
            : label.Is("rpz-nsdname"u8) || label.Is("rpz-nsip"u8) ? LineFault.ServerTrigger
            : label.Is("rpz-client-ip"u8) ? LineFault.ClientTrigger
            : LineFault.None;
    }

    private static LineFault ReadAction(ReadOnlySpan<byte> trigger, ReadOnlySpan<byte> type, ReadOnlySpan<byte> rest, out EntryTerms terms)
    {
        // A wildcard in front of the trigger makes this everything below it.
        terms = new EntryTerms(NameMatch.Exact);
        var data = Words.TakeWord(ref rest);
        if (data.IsEmpty)
        {
            return LineFault.NotInFormat;
        }

        if (type.Is("CNAME"u8))
        {
            return ReadTarget(trigger, data, ref terms);
        }

        var isV4 = type.Is("A"u8);
        if (!isV4 && !type.Is("AAAA"u8))
        {
            return LineFault.RecordType;
        }

        if (!Words.TryParseAddress(data, out var address) || isV4 == data.Contains((byte)':'))
        {
            return LineFault.NotInFormat;
        }

        terms = terms with { Reply = ListReply.Sinkhole, Sinkhole = address };
        return LineFault.None;
    }

    private static LineFault ReadTarget(ReadOnlySpan<byte> trigger, ReadOnlySpan<byte> target, ref EntryTerms terms)
    {
        if (target.SequenceEqual("."u8))
        {
            terms = terms with { Reply = ListReply.NxDomain };
        }
        else if (target.SequenceEqual("*."u8))
        {
            terms = terms with { Reply = ListReply.NoData };
        }
        else if (target.Is("rpz-drop."u8))
        {
            terms = terms with { Reply = ListReply.Drop };
        }
        else if (target.Is("rpz-tcp-only."u8))
        {
            terms = terms with { Reply = ListReply.Truncate };
        }
        else if (target.Is("rpz-passthru."u8) || target is [.., (byte)'.'] && target[..^1].Is(trigger))
        {
            // The older way to say it is the trigger's own name as the answer.
            terms = terms with { Action = ListAction.Allow };
        }
        else
        {
            return LineFault.OtherName;
        }

        return LineFault.None;
    }
}
