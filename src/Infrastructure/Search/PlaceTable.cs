namespace FaceId.Infrastructure.Search;

/// <summary>Where each face is, in about eight bytes a face: an open table of places, whose faces stand in the blocks.</summary>
internal sealed class PlaceTable(Func<int, int> faceIn)
{
    private const int Nothing = -1;

    private int[] _places = NewTable(1024);

    public int Count { get; private set; }

    public long Bytes => (long)_places.Length * sizeof(int);

    /// <summary>The place of a face; -1 when there is none.</summary>
    public int Find(int faceId) => _places[SlotOf(faceId)];

    /// <summary>Remembers the place of a face, instead of the one before.</summary>
    /// <returns>The place before; -1 when there was none.</returns>
    public int Set(int faceId, int place)
    {
        var slot = SlotOf(faceId);
        var before = _places[slot];
        _places[slot] = place;
        if (before == Nothing && ++Count > _places.Length / 4 * 3)
            Grow();
        return before;
    }

    /// <summary>Forgets a face that is there. Its place must still hold it.</summary>
    public void Remove(int faceId)
    {
        var mask = _places.Length - 1;
        var hole = SlotOf(faceId);
        // Faces that were pushed past this slot move up, so that no slot needs a mark.
        for (var slot = (hole + 1) & mask; _places[slot] != Nothing; slot = (slot + 1) & mask)
        {
            var home = HomeOf(faceIn(_places[slot]));
            if (((slot - home) & mask) >= ((slot - hole) & mask))
            {
                _places[hole] = _places[slot];
                hole = slot;
            }
        }

        _places[hole] = Nothing;
        Count--;
    }

    private int SlotOf(int faceId)
    {
        var mask = _places.Length - 1;
        var slot = HomeOf(faceId);
        while (_places[slot] != Nothing && faceIn(_places[slot]) != faceId)
            slot = (slot + 1) & mask;
        return slot;
    }

    // Multiplying by the golden ratio spreads numbers that follow one another; the upper bits are the ones that are well mixed.
    private int HomeOf(int faceId) => (int)((ulong)((uint)faceId * 0x9E3779B1u) * (uint)_places.Length >> 32);

    private void Grow()
    {
        var old = _places;
        _places = NewTable(2 * old.Length);
        foreach (var place in old)
        {
            if (place != Nothing)
                _places[SlotOf(faceIn(place))] = place;
        }
    }

    private static int[] NewTable(int size)
    {
        var table = GC.AllocateUninitializedArray<int>(size);
        Array.Fill(table, Nothing);
        return table;
    }
}
