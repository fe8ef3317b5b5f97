"""Columns of candidates and the choice of targets."""

from __future__ import annotations

from segkit.words.terms.term import Term

COLUMNS = (
    # targeting
    Term("question", "Question", "Câu hỏi", "message", "",
         "One of the five questions every target segment has to pass.",
         "Một trong năm câu hỏi mà mọi phân khúc mục tiêu đều phải vượt qua."),
    Term("measure", "Measure", "Thước đo", "message", "",
         "The number that answers the question.",
         "Con số dùng để trả lời câu hỏi."),
    Term("all_customers", "All customers", "Toàn bộ khách hàng", "number", "",
         "The same measure among all customers, to compare with.",
         "Cũng thước đo đó tính trên mọi khách hàng, để so sánh."),
    Term("at_least", "Enough is", "Mức đủ", "number", "",
         "The limit the value must reach for a yes. It is judgement, set in the study.",
         "Ngưỡng phải đạt để trả lời “có”. Ngưỡng này do người làm nghiên cứu đặt ra."),
    Term("answer", "Answer", "Trả lời", "message", "",
         "Yes, no, or open where no data answer the question.",
         "Có, không, hoặc để ngỏ khi không có dữ liệu để kết luận."),
    Term("because", "Why this measure", "Vì sao dùng thước đo này", "message", "",
         "The reason this measure stands for the question.",
         "Lý do chọn con số này để trả lời câu hỏi."),
    Term("attractiveness_score", "Attractiveness", "Mức hấp dẫn", "number", "higher",
         "Weighted score of the criteria, 0 to 100. Higher is better, but only among the segments compared.",
         "Điểm có trọng số của các tiêu chí, từ 0 đến 100. Càng cao càng tốt, nhưng chỉ so được giữa các phân khúc"
         " đang xét.",
         ("attractiveness",), ("mức hấp dẫn",)),
    Term("segment_rank", "Rank", "Thứ hạng", "count", "lower",
         "Place of the segment by attractiveness; 1 is the first choice.",
         "Vị trí của phân khúc theo mức hấp dẫn; 1 là lựa chọn đầu tiên."),
    Term("first_share", "Comes first", "Tỷ lệ đứng đầu", "percent", "higher",
         "Share of random weightings around the given ones in which the segment comes first. Near 100% the choice "
         "does not hang on exact weights.",
         "Tỷ lệ các bộ trọng số ngẫu nhiên quanh bộ đã cho mà phân khúc đứng đầu. Gần 100% nghĩa là lựa chọn không"
         " phụ thuộc vào trọng số chính xác."),
    Term("knocked_out_by", "Knocked out by", "Bị loại bởi", "column", "",
         "The knock-out criterion the segment failed; empty if it passed all.",
         "Tiêu chí loại mà phân khúc không đạt; để trống nếu đạt mọi tiêu chí."),
    Term("criterion_weight", "Weight", "Trọng số", "percent", "",
         "How much a criterion counts in the score; all weights add up to 100%.",
         "Mức đóng góp của một tiêu chí vào điểm số; các trọng số cộng lại bằng 100%.",
         ("weights", "weighting", "weightings"), ("trọng số",)),
)
